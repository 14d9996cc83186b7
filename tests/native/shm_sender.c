// 共享内存对象加信号量，发送方：另一半是 shm_receiver，或 examples/10-ShmSemaphore 的 Receiver。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/shm_sender tests/native/shm_sender.c
//     /tmp/shm_sender 名字 消息
//
// 对象里是以 NUL 结尾的 UTF-8 字节，至少 10 字节；信号量的名字是对象的名字加 _sem。
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fail.h"
#include "semaphore_name.h"

static int send_message(int fd, sem_t *sem, const char *message)
{
    // 上一条没人取走就收回它的 post。
    while (sem_trywait(sem) == 0) { }
    if (errno != EAGAIN) return fail("sem_trywait", "sem");

    size_t length = strlen(message) + 1, size = length < 10 ? 10 : length;
    if (ftruncate(fd, (off_t)size) == -1) return fail("ftruncate", "fd");
    int error = posix_fallocate(fd, 0, (off_t)size);
    if (error != 0) return fail_with(error, "posix_fallocate", "fd");

    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail("mmap", "fd");
    memset(memory, 0, size);
    memcpy(memory, message, length);
    if (printf("process:%ld send:%s\n", (long)getpid(), memory) < 0 || fflush(stdout) == EOF) return fail("printf", "stdout");

    // 写完再 post：等到它的一方，看得到上面的全部字节。
    if (sem_post(sem) == -1) return fail("sem_post", "sem");
    return munmap(memory, size) == -1 ? fail("munmap", "memory") : 0;
}

int main(int argc, char *argv[])
{
    char sem_name[256];
    if (argc != 3) return usage("shm_sender 名字 消息");
    if (semaphore_name(sem_name, argv[1]) == -1) return fail_with(ENAMETOOLONG, "sem_open", argv[1]);

    // 先要求创建，才知道名字是不是自己创建的：谁创建，失败时谁删除。
    int fd = shm_open(argv[1], O_RDWR | O_CREAT | O_EXCL, 0600), created = fd != -1;
    if (!created && errno == EEXIST) fd = shm_open(argv[1], O_RDWR, 0);
    if (fd == -1) return fail("shm_open", argv[1]);

    // 信号量也一样：谁创建，失败时谁删除。
    sem_t *sem = sem_open(sem_name, O_CREAT | O_EXCL, 0600, 0);
    int created_sem = sem != SEM_FAILED;
    if (!created_sem && errno == EEXIST) sem = sem_open(sem_name, 0);
    int exit_code = sem == SEM_FAILED ? fail("sem_open", sem_name) : send_message(fd, sem, argv[2]);
    if (exit_code != 0 && created) shm_unlink(argv[1]);
    if (exit_code != 0 && created_sem) sem_unlink(sem_name);

    if (sem != SEM_FAILED && sem_close(sem) == -1) return fail("sem_close", sem_name);
    return close(fd) == -1 ? fail("close", argv[1]) : exit_code;
}
