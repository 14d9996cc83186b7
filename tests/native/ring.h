// 19 的环形缓冲区，C 的一份：做法与 examples/19-RingBuffer/Ring.cs 相同，量快慢时与它比。
#ifndef RING_H
#define RING_H
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

enum { RING_CAPACITY = 1024, RING_APART = 128, RING_SPINS = 1000, RING_HEADER = 1024 };

struct ring {
    char *memory;
    _Atomic int64_t *mine, *theirs, *asleep, *their_asleep;
    int64_t *seen, ahead;
    int size, listen, bell;
};

static inline size_t ring_bytes(int size) { return RING_HEADER + (size_t)RING_CAPACITY * (size_t)size; }

static inline void ring_open(struct ring *r, char *memory, int size, bool sends, int listen, int bell)
{
    int me = sends ? 0 : 1, they = 1 - me;
    r->memory = memory;
    r->mine = (_Atomic int64_t *)(memory + me * RING_APART);
    r->theirs = (_Atomic int64_t *)(memory + they * RING_APART);
    r->asleep = (_Atomic int64_t *)(memory + (2 + me) * RING_APART);
    r->their_asleep = (_Atomic int64_t *)(memory + (2 + they) * RING_APART);
    r->seen = (int64_t *)(memory + (4 + me) * RING_APART);
    r->ahead = sends ? RING_CAPACITY : 0;
    r->size = size;
    r->listen = listen;
    r->bell = bell;
}

static inline char *ring_slot(const struct ring *r, int64_t i)
{
    int64_t mine = atomic_load_explicit(r->mine, memory_order_relaxed);
    return r->memory + RING_HEADER + ((mine + i) & (RING_CAPACITY - 1)) * r->size;
}

static inline int64_t ring_look(const struct ring *r)
{
    *r->seen = atomic_load_explicit(r->theirs, memory_order_acquire);
    return *r->seen + r->ahead - atomic_load_explicit(r->mine, memory_order_relaxed);
}

// .NET 的 Thread.SpinWait(1) 约 50 纳秒，这里也让出差不多的时间。
static inline void ring_spin_wait(void)
{
#if defined(__x86_64__)
    for (int i = 0; i < 4; i++) __builtin_ia32_pause();
#elif defined(__aarch64__)
    for (int i = 0; i < 4; i++) __asm__ volatile("isb" ::: "memory");
#endif
}

static int64_t ring_wait_longer(const struct ring *r)
{
    for (int spin = 0; spin < RING_SPINS; spin++) {
        int64_t ready = ring_look(r);
        if (ready > 0) return ready;
        ring_spin_wait();
    }
    char ring;
    ssize_t n;
    do {
        atomic_store_explicit(r->asleep, 1, memory_order_release);
        atomic_thread_fence(memory_order_seq_cst);
        if (ring_look(r) > 0 && atomic_exchange(r->asleep, 0) == 1) break;
        do n = read(r->listen, &ring, 1); while (n == -1 && errno == EINTR);
    } while (n == 1 && ring_look(r) == 0);
    return ring_look(r);
}

static inline int64_t ring_wait(const struct ring *r)
{
    int64_t ready = *r->seen + r->ahead - atomic_load_explicit(r->mine, memory_order_relaxed);
    return ready > 0 ? ready : ring_wait_longer(r);
}

static inline void ring_advance(const struct ring *r, int64_t count)
{
    atomic_store_explicit(r->mine, atomic_load_explicit(r->mine, memory_order_relaxed) + count, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    char ring = 1;
    if (atomic_load_explicit(r->their_asleep, memory_order_acquire) == 1 && atomic_exchange(r->their_asleep, 0) == 1)
        while (write(r->bell, &ring, 1) == -1 && errno == EINTR) { }
}
#endif
