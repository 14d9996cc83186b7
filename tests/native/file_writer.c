// 内存映射文件，写入方：另一半是 file_reader，或 examples/06-FileMapping 的 Reader。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/file_writer tests/native/file_writer.c
//     /tmp/file_writer 路径 值
//
// 文件的开头是一个本机字节序的 int。
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fail.h"

int main(int argc, char *argv[])
{
    char *end = NULL;
    errno = 0;
    long value = argc == 3 ? strtol(argv[2], &end, 10) : 0;
    if (argc != 3 || end == argv[2] || *end != '\0' || errno != 0 || value != (int)value) return usage("file_writer 路径 值");

    int fd = open(argv[1], O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1) return fail("open", argv[1]);
    if (ftruncate(fd, sizeof(int)) == -1) return fail("ftruncate", argv[1]);
    int error = posix_fallocate(fd, 0, sizeof(int));
    if (error != 0) return fail_with(error, "posix_fallocate", argv[1]);

    int *memory = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail("mmap", argv[1]);
    if (close(fd) == -1) return fail("close", argv[1]);

    *memory = (int)value;
    if (printf("process:%ld send:%d\n", (long)getpid(), *memory) < 0 || fflush(stdout) == EOF) return fail("printf", "stdout");
    return munmap(memory, sizeof(int)) == -1 ? fail("munmap", argv[1]) : 0;
}
