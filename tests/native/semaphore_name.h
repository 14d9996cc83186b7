// 信号量的名字：对象的名字加 _sem。
#ifndef SEMAPHORE_NAME_H
#define SEMAPHORE_NAME_H

#include <stdio.h>

// 写进 to；放不下就是名字太长，返回 -1。
static inline int semaphore_name(char to[256], const char *name)
{
    int length = snprintf(to, 256, "%s_sem", name);
    return length < 0 || length >= 256 ? -1 : 0;
}

#endif
