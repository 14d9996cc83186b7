// tests/Benchmarks 里 C 的一整对：与 10-ShmSemaphore 的 Sender、Receiver 做同样的事，只为比从启动到结束的时间。
//
//     bench-pair send 名字 消息
//     bench-pair recv 名字
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

static void send_message(const char *name, const char *sem_name, const char *message)
{
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd == -1) die("shm_open");
    sem_t *sem = sem_open(sem_name, O_CREAT, 0600, 0);
    if (sem == SEM_FAILED) die("sem_open");
    off_t length = (off_t)strlen(message) + 1, size = length < 10 ? 10 : length;
    if (ftruncate(fd, size) == -1) die("ftruncate");
    if ((errno = posix_fallocate(fd, 0, size)) != 0) die("posix_fallocate");
    char *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) die("mmap");
    close(fd);
    memset(memory, 0, (size_t)size);
    strcpy(memory, message);
    printf("process:%d send:%s\n", getpid(), memory);
    if (sem_post(sem) == -1) die("sem_post");
    munmap(memory, (size_t)size);
    sem_close(sem);
}

static void receive_message(const char *name, const char *sem_name)
{
    int fd = shm_open(name, O_RDONLY, 0);
    if (fd == -1) die("shm_open");
    sem_t *sem = sem_open(sem_name, 0);
    if (sem == SEM_FAILED) die("sem_open");
    if (sem_wait(sem) == -1) die("sem_wait");
    struct stat st;
    if (fstat(fd, &st) == -1) die("fstat");
    size_t size = (size_t)st.st_size;
    const char *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) die("mmap");
    close(fd);
    printf("process:%d recv:%.*s\n", getpid(), (int)strnlen(memory, size), memory);
    munmap((void *)memory, size);
    sem_close(sem);
    if (shm_unlink(name) == -1) die("shm_unlink");
    if (sem_unlink(sem_name) == -1) die("sem_unlink");
}

int main(int argc, char **argv)
{
    char sem_name[256];
    if (argc < 3 || snprintf(sem_name, sizeof sem_name, "%s_sem", argv[2]) >= (int)sizeof sem_name) {
        fputs("用法：bench-pair send 名字 消息，或 bench-pair recv 名字\n", stderr);
        return 2;
    }
    if (argc == 4 && strcmp(argv[1], "send") == 0) send_message(argv[2], sem_name, argv[3]);
    else if (argc == 3 && strcmp(argv[1], "recv") == 0) receive_message(argv[2], sem_name);
    else return 2;
    return 0;
}
