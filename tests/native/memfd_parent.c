// 匿名共享内存，父进程：把内存的描述符放在 3 号，启动一个子进程，读出它写入的值。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/memfd_parent tests/native/memfd_parent.c
//     /tmp/memfd_parent 程序 参数…
//
// 子进程可以是 memfd_child，也可以是 examples/05-AnonymousMapping 的 child。
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fail.h"

int main(int argc, char *argv[])
{
    if (argc < 2) return usage("memfd_parent 程序 参数…");

    // 不要 MFD_CLOEXEC：描述符多半正好就是 3，dup2(3, 3) 去不掉那个标志。
    int fd = memfd_create("anonymous", 0);
    if (fd == -1) return fail("memfd_create", "anonymous");
    if (ftruncate(fd, sizeof(int)) == -1) return fail("ftruncate", "anonymous");
    int *memory = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail("mmap", "anonymous");
    *memory = 0;

    // 05 的子进程凭这个变量认出自己的父进程，手工启动的它不理。
    char self[16];
    snprintf(self, sizeof self, "%ld", (long)getpid());
    if (setenv("SPAWNED_BY", self, 1) == -1) return fail("setenv", "SPAWNED_BY");

    pid_t pid = fork();
    if (pid == -1) return fail("fork", "");
    if (pid == 0) {
        if (dup2(fd, 3) != -1) execv(argv[1], argv + 1);
        _exit(fail("execv", argv[1]));
    }

    int status;
    if (waitpid(pid, &status, 0) == -1) return fail("waitpid", argv[1]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail_with(ECHILD, "waitpid", argv[1]);
    if (printf("parent:memory value %d\n", *memory) < 0 || fflush(stdout) == EOF) return fail("printf", "stdout");
    if (close(fd) == -1) return fail("close", "anonymous");
    return munmap(memory, sizeof(int)) == -1 ? fail("munmap", "anonymous") : 0;
}
