// 匿名共享内存，子进程：3 号描述符是父进程交来的内存，往里存一个 int。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/memfd_child tests/native/memfd_child.c
//
// 由父进程启动：memfd_parent，或任何把描述符放在 3 号的程序。
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fail.h"

int main(int argc, char *argv[])
{
    struct stat st;
    if (argc != 2 || fstat(3, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size != sizeof(int))
        return usage("memfd_child 值（由父进程启动，3 号描述符是一块 int 大小的内存）");

    int *memory = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    if (memory == MAP_FAILED) return fail("mmap", "3");
    if (close(3) == -1) return fail("close", "3");

    *memory = atoi(argv[1]);
    if (printf("child:set memory %d\n", *memory) < 0 || fflush(stdout) == EOF) return fail("printf", "stdout");
    return munmap(memory, sizeof(int)) == -1 ? fail("munmap", "memory") : 0;
}
