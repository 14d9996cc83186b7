// 共享内存里的一个结构，发送方：另一半是 reading_receiver，或 examples/17-Interop 的 receive。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/reading_sender tests/native/reading_sender.c
//     /tmp/reading_sender 名字 地点 温度
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "fail.h"
#include "reading.h"
#include "semaphore_name.h"

static int send_reading(int fd, sem_t *sem, const char *place, double celsius)
{
    while (sem_trywait(sem) == 0) { }
    if (errno != EAGAIN) return fail("sem_trywait", "sem");
    if (ftruncate(fd, sizeof(struct reading)) == -1) return fail("ftruncate", "fd");
    int error = posix_fallocate(fd, 0, sizeof(struct reading));
    if (error != 0) return fail_with(error, "posix_fallocate", "fd");
    struct reading *reading = mmap(NULL, sizeof *reading, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (reading == MAP_FAILED) return fail("mmap", "fd");

    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) == -1) return fail("clock_gettime", "CLOCK_REALTIME");
    memset(reading, 0, sizeof *reading);
    reading->number = getpid();
    reading->time = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    reading->celsius = celsius;
    memcpy(reading->place, place, strlen(place));
    reading->valid = 1;
    printf("process:%ld send:number=%d time=%lld celsius=%.17g valid=%u place=%s\n",
           (long)getpid(), reading->number, (long long)reading->time, reading->celsius, reading->valid, reading->place);
    if (fflush(stdout) == EOF) return fail("printf", "stdout");

    if (sem_post(sem) == -1) return fail("sem_post", "sem");
    return munmap(reading, sizeof *reading) == -1 ? fail("munmap", "reading") : 0;
}

int main(int argc, char *argv[])
{
    char sem_name[256], *end = NULL;
    double celsius = argc == 4 ? strtod(argv[3], &end) : 0;
    if (argc != 4 || end == argv[3] || *end != '\0' || strlen(argv[2]) >= sizeof((struct reading *)0)->place)
        return usage("reading_sender 名字 地点 温度（地点至多 15 字节）");
    if (semaphore_name(sem_name, argv[1]) == -1) return fail_with(ENAMETOOLONG, "sem_open", argv[1]);

    int fd = shm_open(argv[1], O_RDWR | O_CREAT | O_EXCL, 0600), created = fd != -1;
    if (!created && errno == EEXIST) fd = shm_open(argv[1], O_RDWR, 0);
    if (fd == -1) return fail("shm_open", argv[1]);

    // 信号量也一样：谁创建，失败时谁删除。
    sem_t *sem = sem_open(sem_name, O_CREAT | O_EXCL, 0600, 0);
    int created_sem = sem != SEM_FAILED;
    if (!created_sem && errno == EEXIST) sem = sem_open(sem_name, 0);
    int exit_code = sem == SEM_FAILED ? fail("sem_open", sem_name) : send_reading(fd, sem, argv[2], celsius);
    if (exit_code != 0 && created) shm_unlink(argv[1]);
    if (exit_code != 0 && created_sem) sem_unlink(sem_name);

    if (sem != SEM_FAILED && sem_close(sem) == -1) return fail("sem_close", sem_name);
    return close(fd) == -1 ? fail("close", argv[1]) : exit_code;
}
