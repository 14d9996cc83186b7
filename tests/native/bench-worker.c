// tests/Benchmarks 里 C 的一方：从标准输入每行读一条命令，照做，把用了多少纳秒写回一行。
// C# 的一方是 tests/Benchmarks/Worker.cs，命令、算法、次数、放在哪个核上都相同。
// 两个参数是主程序开的两块共享内存（一块来回用，一块 256 MiB）：两种语言用的是同一批物理页，谁也不占位置的便宜。
//
//     cc -O2 -std=c17 -Wall -Wextra -Werror -DVECTOR=16 bench-worker.c      x64 上比 32 字节的向量时加 -mavx2 -DVECTOR=32
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { LANES = VECTOR / sizeof(uint64_t), BULK = 256 << 20, VECTORS = BULK / VECTOR };
static const uint64_t Prime = 0x9E3779B97F4A7C15;

typedef uint64_t vector __attribute__((vector_size(VECTOR)));

// 来回用的；各占一条缓存行，互不牵连。
struct shared {
    _Alignas(128) sem_t ping;
    _Alignas(128) sem_t pong;
    _Alignas(128) atomic_int turn;
};

// 叫对方开始的，各语言自己的一份。
struct control {
    sem_t go;
    char command[64];
    _Alignas(128) sem_t alone;
};

static struct shared *shared;
static struct control *control;
static vector *bulk;
static const char *bulk_path;
static cpu_set_t everywhere;

static void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

static int64_t now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) == -1) die("clock_gettime");
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// 本线程只在这个核上；-1 是随调度器。
static void pin(int cpu)
{
    cpu_set_t set = everywhere;
    if (cpu >= 0) {
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
    }
    if (sched_setaffinity(0, sizeof set, &set) == -1) die("sched_setaffinity");
}

static void *map(size_t length, int flags, int fd)
{
    void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (start == MAP_FAILED) die("mmap");
    return start;
}

static void *map_file(size_t length, const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd == -1) die(path);
    void *start = map(length, MAP_SHARED | MAP_POPULATE, fd);
    close(fd);
    return start;
}

static void ping(long n)
{
    for (long i = 0; i < n; i++) {
        if (sem_post(&shared->ping) == -1 || sem_wait(&shared->pong) == -1) die("sem_post/sem_wait");
    }
}

static void pong(long n)
{
    for (long i = 0; i < n; i++) {
        if (sem_wait(&shared->ping) == -1 || sem_post(&shared->pong) == -1) die("sem_wait/sem_post");
    }
}

// 谁的轮次谁改：奇数由一方写，偶数由另一方写。地址先取到局部变量里：每转一圈多读一次别的变量，转得就慢，
// 转得慢的反而交接得快（少抢缓存行），比的就不是两种语言了。
static void spin(int n, int first)
{
    atomic_int *turn = &shared->turn;
    for (int i = 0; i < n; i++) {
        if (first) atomic_store_explicit(turn, 2 * i + 1, memory_order_release);
        while (atomic_load_explicit(turn, memory_order_acquire) != 2 * i + 1 + first) { }
        if (!first) atomic_store_explicit(turn, 2 * i + 2, memory_order_release);
    }
}

static void fill(vector *memory, uint64_t seed)
{
    vector v = {0}, step = {0};
    for (int lane = 0; lane < LANES; lane++) {
        v[lane] = seed + lane * Prime;
        step[lane] = LANES * Prime;
    }
    for (size_t i = 0; i < VECTORS; i += 4) {
        memory[i] = v;
        memory[i + 1] = v + step;
        memory[i + 2] = v + step + step;
        memory[i + 3] = v + step + step + step;
        v += step + step + step + step;
    }
}

static uint64_t checksum(const vector *memory)
{
    vector a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};
    for (size_t i = 0; i < VECTORS; i += 4) {
        a0 += memory[i];
        a1 += memory[i + 1];
        a2 += memory[i + 2];
        a3 += memory[i + 3];
        b0 += a0;
        b1 += a1;
        b2 += a2;
        b3 += a3;
    }
    uint64_t sum = 0;
    for (int lane = 0; lane < LANES; lane++) {
        sum = (sum ^ (a0[lane] + a1[lane] * 3 + a2[lane] * 5 + a3[lane] * 7)) * Prime;
        sum = (sum ^ (b0[lane] + b1[lane] * 3 + b2[lane] * 5 + b3[lane] * 7)) * Prime;
    }
    return sum;
}

// 只读一遍，别的什么也不做：读内存能有多快。
static uint64_t readthrough(const vector *memory)
{
    vector a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < VECTORS; i += 4) {
        a ^= memory[i];
        b ^= memory[i + 1];
        c ^= memory[i + 2];
        d ^= memory[i + 3];
    }
    a ^= b ^ c ^ d;
    return a[0];
}

static int64_t timed(const char *command)
{
    static vector *plain;
    static int (*volatile pagesize)(void) = getpagesize;   // 经指针：否则编译器知道它总是同一个数，只调用一次
    char what[16];
    int mine, theirs;
    long n;
    uint64_t seed;
    if (sscanf(command, "%15s %d %d %ld %" SCNu64, what, &mine, &theirs, &n, &seed) != 5) die(command);
    pin(mine);
    if (strcmp(what, "sem") == 0 || strcmp(what, "spin") == 0) {
        atomic_store(&shared->turn, 0);
        strcpy(control->command, command);
        if (sem_post(&control->go) == -1) die("sem_post");
        ping(100);   // 对方换好了核，热好了身
        int64_t start = now();
        if (what[1] == 'e') ping(n); else spin((int)n, 1);
        int64_t ns = now() - start;
        printf("0 ");
        return ns;
    }

    // 普通的内存：私有、匿名，先把页分好。
    if (plain == NULL && (strcmp(what, "memset") == 0 || strcmp(what, "read") == 0)) {
        plain = map(BULK, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
        memset(plain, 1, BULK);
    }
    if (bulk == NULL && (strcmp(what, "fill") == 0 || strcmp(what, "sum") == 0)) bulk = map_file(BULK, bulk_path);
    uint64_t sink = 0;
    int64_t start = now();
    if (strcmp(what, "fill") == 0) fill(bulk, seed);
    else if (strcmp(what, "sum") == 0) sink = checksum(bulk);
    else if (strcmp(what, "memset") == 0) memset(plain, (int)seed, BULK);
    else if (strcmp(what, "read") == 0) sink = readthrough(plain);
    else if (strcmp(what, "page") == 0) for (long i = 0; i < n; i++) sink += (uint64_t)pagesize();
    else if (strcmp(what, "post") == 0) for (long i = 0; i < n; i++) sink += (uint64_t)(sem_post(&control->alone) + sem_trywait(&control->alone));
    else die(command);
    int64_t ns = now() - start;
    printf("%" PRIu64 " ", sink);
    return ns;
}

static void partner(void)
{
    for (;;) {
        char what[16];
        int mine, theirs;
        long n;
        if (sem_wait(&control->go) == -1) die("sem_wait");
        if (sscanf(control->command, "%15s %d %d %ld", what, &mine, &theirs, &n) != 4) die(control->command);
        pin(theirs);
        pong(100);
        if (what[1] == 'e') pong(n); else spin((int)n, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("用法：bench-worker 共享内存 大块内存（由 tests/Benchmarks 启动）\n", stderr);
        return 2;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) die("prctl");
    shared = map_file(sizeof *shared, argv[1]);
    bulk_path = argv[2];
    control = map(sizeof *control, MAP_SHARED | MAP_ANONYMOUS, -1);
    if (sem_init(&control->go, 1, 0) == -1 || sem_init(&control->alone, 1, 0) == -1) die("sem_init");
    if (sched_getaffinity(0, sizeof everywhere, &everywhere) == -1) die("sched_getaffinity");

    pid_t parent = getpid();
    switch (fork()) {
    case -1: die("fork"); break;
    case 0:
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent) die("prctl");
        partner();
    }

    char command[64];
    while (fgets(command, sizeof command, stdin) != NULL) {
        int64_t ns = timed(command);
        printf("%" PRId64 "\n", ns);
        fflush(stdout);
    }
    return 0;
}
