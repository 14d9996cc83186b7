// 共享内存对象加信号量，接收方：另一半是 shm_sender，或 examples/10-ShmSemaphore 的 Sender。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/shm_receiver tests/native/shm_receiver.c
//     /tmp/shm_receiver 名字
//
// 从不创建；读完把两个名字都删掉。
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fail.h"
#include "semaphore_name.h"

int main(int argc, char *argv[])
{
    char sem_name[256];
    if (argc != 2) return usage("shm_receiver 名字");
    if (semaphore_name(sem_name, argv[1]) == -1) return fail_with(ENAMETOOLONG, "sem_open", argv[1]);

    int fd = shm_open(argv[1], O_RDONLY, 0);
    if (fd == -1) return fail("shm_open", argv[1]);
    sem_t *sem = sem_open(sem_name, 0);
    if (sem == SEM_FAILED) return fail("sem_open", sem_name);

    fprintf(stderr, "等待信号量 %s 上的 sem_post；按 Ctrl+C 放弃。\n", sem_name);
    while (sem_wait(sem) == -1) {
        if (errno != EINTR) return fail("sem_wait", sem_name);
    }

    // 等到之后才问大小：新创建的对象到 ftruncate 才有大小。
    struct stat st;
    if (fstat(fd, &st) == -1) return fail("fstat", argv[1]);
    const char *memory = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail("mmap", argv[1]);
    if (close(fd) == -1 || sem_close(sem) == -1) return fail("close", argv[1]);
    if (shm_unlink(argv[1]) == -1) return fail("shm_unlink", argv[1]);
    if (sem_unlink(sem_name) == -1) return fail("sem_unlink", sem_name);

    // 只在对象之内找 NUL：%.*s 至多印这么多字节。
    if (printf("process:%ld recv:%.*s\n", (long)getpid(), (int)st.st_size, memory) < 0 || fflush(stdout) == EOF) return fail("printf", "stdout");
    return munmap((void *)memory, (size_t)st.st_size) == -1 ? fail("munmap", argv[1]) : 0;
}
