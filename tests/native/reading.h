// 一次测量，放在共享内存的开头。C# 的一方是 examples/17-Interop/Reading.cs，Python 的一方是 reading.py。
#ifndef READING_H
#define READING_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct reading {
    int32_t number;     // 偏移 0，之后空 4 字节：int64_t 要从 8 的倍数开始
    int64_t time;       // 偏移 8，1970 年以来的纳秒
    double celsius;     // 偏移 16
    char place[16];     // 偏移 24，UTF-8，以 NUL 结尾
    uint8_t valid;      // 偏移 40，0 或 1，之后空 7 字节：整个结构是 8 的倍数
};

// 布局是约定，不靠猜：在哪个平台上不是这样，就编译不过。
static_assert(offsetof(struct reading, number) == 0, "number");
static_assert(offsetof(struct reading, time) == 8, "time");
static_assert(offsetof(struct reading, celsius) == 16, "celsius");
static_assert(offsetof(struct reading, place) == 24, "place");
static_assert(offsetof(struct reading, valid) == 40, "valid");
static_assert(sizeof(struct reading) == 48, "reading");
static_assert(sizeof(double) == 8, "double");

#endif
