// 共享内存里的一个结构，接收方：另一半是 reading_sender，或 examples/17-Interop 的 send。
//
//     cc -std=c17 -Wall -Wextra -Werror -o /tmp/reading_receiver tests/native/reading_receiver.c
//     /tmp/reading_receiver 名字
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fail.h"
#include "reading.h"
#include "semaphore_name.h"

int main(int argc, char *argv[])
{
    char sem_name[256];
    if (argc != 2) return usage("reading_receiver 名字");
    if (semaphore_name(sem_name, argv[1]) == -1) return fail_with(ENAMETOOLONG, "sem_open", argv[1]);

    int fd = shm_open(argv[1], O_RDONLY, 0);
    if (fd == -1) return fail("shm_open", argv[1]);
    sem_t *sem = sem_open(sem_name, 0);
    if (sem == SEM_FAILED) return fail("sem_open", sem_name);

    fprintf(stderr, "等待信号量 %s 上的 sem_post；按 Ctrl+C 放弃。\n", sem_name);
    while (sem_wait(sem) == -1) {
        if (errno != EINTR) return fail("sem_wait", sem_name);
    }

    struct stat st;
    if (fstat(fd, &st) == -1) return fail("fstat", argv[1]);
    if (st.st_size < (off_t)sizeof(struct reading)) return fail_with(EINVAL, "fstat", argv[1]);
    const struct reading *memory = mmap(NULL, sizeof *memory, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail("mmap", argv[1]);

    // 先复制再用：对方若再写，也改不到这一份。
    struct reading reading = *memory;
    if (munmap((void *)memory, sizeof *memory) == -1) return fail("munmap", argv[1]);
    if (close(fd) == -1 || sem_close(sem) == -1) return fail("close", argv[1]);
    if (shm_unlink(argv[1]) == -1) return fail("shm_unlink", argv[1]);
    if (sem_unlink(sem_name) == -1) return fail("sem_unlink", sem_name);

    printf("process:%ld recv:number=%d time=%lld celsius=%.17g valid=%u place=%.*s\n", (long)getpid(), reading.number,
           (long long)reading.time, reading.celsius, reading.valid, (int)sizeof reading.place, reading.place);
    return fflush(stdout) == EOF ? fail("printf", "stdout") : 0;
}
