// tests/Benchmarks 里量队列的 C 的一方：从标准输入每行读一条命令，与另一方照做，写回一行。
// C# 的一方是 tests/Benchmarks/QueueWorker.cs，命令、次数、放在哪个核上都相同；这里只有 19 的环形缓冲区一种通道。
// 参数是主程序开的共享内存：两种语言用的是同一批物理页，谁也不占位置的便宜。
//
//     cc -O2 -std=c17 -Wall -Wextra -Werror bench-queue.c
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include "ring.h"

enum { MOST_SIZE = 4096, LINE = 128 };
struct lane { char *memory; bool sends; int listen, bell; };

static struct lane there, back;
static char buffer[MOST_SIZE];

static void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) == -1) die("clock_gettime");
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) == -1) die("sched_setaffinity");
}

static void open_lane(struct ring *ring, const struct lane *lane, int size)
{
    ring_open(ring, lane->memory, size, lane->sends, lane->listen, lane->bell);
}

static void send_all(const struct lane *lane, int size, int64_t count, int batch, int64_t first)
{
    struct ring ring;
    open_lane(&ring, lane, size);
    for (int64_t done = 0; done < count;) {
        int64_t n = ring_wait(&ring);
        if (n > batch) n = batch;
        if (n > count - done) n = count - done;
        for (int64_t i = 0; i < n; i++) {
            int64_t number = first + done + i;
            char *slot = ring_slot(&ring, i);
            memcpy(slot, &number, sizeof number);
            if (size > (int)sizeof number) memcpy(slot + sizeof number, buffer, (size_t)size - sizeof number);
        }
        ring_advance(&ring, n);
        done += n;
    }
}

static int64_t receive_all(const struct lane *lane, int size, int64_t count, int batch)
{
    struct ring ring;
    open_lane(&ring, lane, size);
    int64_t sum = 0;
    for (int64_t done = 0; done < count;) {
        int64_t n = ring_wait(&ring);
        if (n > batch) n = batch;
        if (n > count - done) n = count - done;
        for (int64_t i = 0; i < n; i++) {
            int64_t number;
            const char *slot = ring_slot(&ring, i);
            memcpy(&number, slot, sizeof number);
            if (size > (int)sizeof number) memcpy(buffer, slot + sizeof number, (size_t)size - sizeof number);
            sum += number;
        }
        ring_advance(&ring, n);
        done += n;
    }
    return sum;
}

static void ping(int size, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        send_all(&there, size, 1, 1, i);
        if (receive_all(&back, size, 1, 1) != i) die("回来的不是送出的那一条");
    }
}

static void pong(int size, int64_t count)
{
    for (int64_t i = 0; i < count; i++) send_all(&back, size, 1, 1, receive_all(&there, size, 1, 1));
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct command { char what[16]; int size, batch, mine, theirs; long count; };

static struct command parse(const char *line)
{
    struct command c;
    if (sscanf(line, "%15s %*s %d %ld %d %d %d", c.what, &c.size, &c.count, &c.batch, &c.mine, &c.theirs) != 6) die(line);
    return c;
}

static void partner(int control, int reply)
{
    char line[LINE];
    int64_t answer[2];
    while (read(control, line, LINE) == LINE) {
        struct command c = parse(line);
        pin(c.theirs);
        pong(c.size, 100);
        answer[0] = answer[1] = 0;
        if (strcmp(c.what, "stream") == 0) answer[0] = receive_all(&there, c.size, c.count, c.batch);
        else if (strcmp(c.what, "trip") == 0) pong(c.size, c.count);
        else if (strcmp(c.what, "idle") == 0) {
            int64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
            answer[0] = receive_all(&there, c.size, 1, 1);
            answer[1] = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
        } else {
            int64_t *took = malloc(sizeof *took * (size_t)c.count);
            for (long i = 0; i < c.count; i++) {
                int64_t sent = receive_all(&there, c.size, 1, 1);
                took[i] = clock_ns(CLOCK_MONOTONIC) - sent;
            }
            qsort(took, (size_t)c.count, sizeof *took, by_value);
            answer[1] = took[c.count / 2];
            free(took);
        }
        if (write(reply, answer, sizeof answer) != sizeof answer) die("write");
    }
    exit(0);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("用法：bench-queue 共享内存（由 tests/Benchmarks 启动）\n", stderr);
        return 2;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) die("prctl");
    size_t region = ring_bytes(MOST_SIZE) + 4096;
    int fd = open(argv[1], O_RDWR | O_CLOEXEC);
    if (fd == -1) die(argv[1]);
    char *memory = mmap(NULL, 2 * region, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int pipes[6][2];
    if (memory == MAP_FAILED) die("mmap");
    for (int i = 0; i < 6; i++) if (pipe(pipes[i]) == -1) die("pipe");

    pid_t parent = getpid(), child = fork();
    if (child == -1) die("fork");
    bool first = child != 0;
    there = (struct lane){ memory, first, pipes[first ? 1 : 0][0], pipes[first ? 0 : 1][1] };
    back = (struct lane){ memory + region, !first, pipes[first ? 3 : 2][0], pipes[first ? 2 : 3][1] };
    if (!first) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent) die("prctl");
        partner(pipes[4][0], pipes[5][1]);
    }

    char line[LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct command c = parse(line);
        int64_t answer[2];
        pin(c.mine);
        if (write(pipes[4][1], line, LINE) != LINE) die("write");
        ping(c.size, 100);
        int64_t start = clock_ns(CLOCK_MONOTONIC);
        if (strcmp(c.what, "stream") == 0) send_all(&there, c.size, c.count, c.batch, 1);
        else if (strcmp(c.what, "trip") == 0) ping(c.size, c.count);
        else if (strcmp(c.what, "idle") == 0) {
            poll(NULL, 0, 1000);
            send_all(&there, c.size, 1, 1, 1);
        } else {
            for (long i = 0; i < c.count; i++) {
                for (int64_t since = clock_ns(CLOCK_MONOTONIC); clock_ns(CLOCK_MONOTONIC) - since < 400000;) { }
                send_all(&there, c.size, 1, 1, clock_ns(CLOCK_MONOTONIC));
            }
        }
        if (read(pipes[5][0], answer, sizeof answer) != sizeof answer) die("read");
        int64_t ns = clock_ns(CLOCK_MONOTONIC) - start;
        bool own = strcmp(c.what, "stream") != 0 && strcmp(c.what, "trip") != 0;
        printf("%" PRId64 " %" PRId64 "\n", answer[0], own ? answer[1] : ns);
        fflush(stdout);
    }
    return 0;
}
