// 失败时的那一行：哪个调用、什么参数、什么错误；返回退出码 1。
#ifndef FAIL_H
#define FAIL_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static inline int fail_with(int error, const char *call, const char *argument)
{
    fprintf(stderr, "%s(%s): %s (errno %d)\n", call, argument, strerror(error), error);
    return 1;
}

static inline int fail(const char *call, const char *argument)
{
    return fail_with(errno, call, argument);
}

static inline int usage(const char *line)
{
    fprintf(stderr, "用法：%s\n", line);
    return 2;
}

#endif
