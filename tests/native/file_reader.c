// 内存映射文件，读取方：另一半是 file_writer，或 examples/06-FileMapping 的 Writer。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/file_reader tests/native/file_reader.c
//     /tmp/file_reader 路径
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fail.h"

int main(int argc, char *argv[])
{
    if (argc != 2) return usage("file_reader 路径");

    int fd = open(argv[1], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1) return fail("open", argv[1]);

    // 映射空文件会成功，读的那一刻才收到 SIGBUS，所以先看大小。
    struct stat st;
    if (fstat(fd, &st) == -1) return fail("fstat", argv[1]);
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(int)) return fail_with(EINVAL, "fstat", argv[1]);

    const int *memory = mmap(NULL, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail("mmap", argv[1]);
    if (close(fd) == -1) return fail("close", argv[1]);

    if (printf("process:%ld receive:%d\n", (long)getpid(), *memory) < 0 || fflush(stdout) == EOF) return fail("printf", "stdout");
    return munmap((void *)memory, sizeof(int)) == -1 ? fail("munmap", argv[1]) : 0;
}
