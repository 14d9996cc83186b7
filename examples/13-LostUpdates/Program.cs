// 丢失的更新：两个进程同时给一个 int 加 1。对应文章「代码简单测试实例」：共享内存旁边为什么有一个信号量。
//
//     dotnet run --project examples/13-LostUpdates -- [每个进程加几次]
//
// 同样的加法做三遍：不加保护；Interlocked，由 CPU 合成不可分的一步；初值为 1 的信号量，一次只放一个进程进去。
using System.Runtime.CompilerServices;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int MemoryFd = 3, Few = 100_000; // 信号量慢得多，少加一些

int times = args is [] ? 10_000_000 : int.TryParse(args[^1], out int number) ? number : 0;
if (args is ["child", _] && was_spawned) return Child(times);
if (args.Length > 1 || times is < 1 or > 1_000_000_000) errx(2, "用法：LostUpdates [每个进程加几次]（1 到十亿）");
return Parent(times);

static unsafe int Parent(int times)
{
    int fd = Must(memfd_create("lost-updates", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(Shared)));
    var shared = (Shared*)Must(mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(sem_init((sem_t*)shared->Mutex, 1, 1));
    for (int i = 0; i < 2; i++) Must(spawn_self(out _, ["child", $"{times}"], (fd, MemoryFd)));
    // 有一个没有做完就不等另一个了：父进程结束，它也跟着结束。
    int pid = 0, status = 0;
    for (int i = 0; i < 2 && status == 0; i++) pid = Must(waitpid(-1, out status, 0));
    if (status != 0) errx(1, $"waitpid(-1): 子进程 {pid} 没有加完（{ChildProcess.Ending(status)}）。");

    int total = shared->Unprotected, few = Math.Min(times, Few);
    Observe("K1", $"两个进程各加 {times} 次，不加保护：总数 {total}，丢了 {(2 * times) - total} 次");
    Observe("F2", $"两个进程各加 {times} 次，用 Interlocked.Increment：总数 {Is(shared->ByInterlocked, 2 * times)}");
    Observe("K1", $"两个进程各加 {few} 次，每次先 sem_wait 后 sem_post：总数 {Is(shared->ByMutex, 2 * few)}");
    Must(sem_destroy((sem_t*)shared->Mutex));
    Must(munmap(shared, (nuint)sizeof(Shared)));
    Must(close(fd));
    return ExitCode;
}

// 不优化：优化过的代码在 x64 上把下面的三步写成一条指令，两个进程轮流用一个核时就看不到丢失；各用一个核照样丢。
[MethodImpl(MethodImplOptions.NoOptimization)]
static unsafe int Child(int times)
{
    ChildProcess.EndWithParent();
    var shared = (Shared*)Must(mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, MemoryFd, 0));

    // 两边都到了才开始。等的时候不睡眠：睡着的一方被叫醒时，常被放在另一方的核上，两边就成了轮流运行。
    Interlocked.Increment(ref shared->Arrived);
    while (Volatile.Read(ref shared->Arrived) < 2) Thread.Yield();

    // 读、加、写是三步：两个进程读到同一个数，各加 1 写回去，就少了一次。Interlocked 紧挨着它做，遇到同样的交错。
    for (int i = 0; i < times; i++)
    {
        int seen = shared->Unprotected;
        shared->Unprotected = seen + 1;
        Interlocked.Increment(ref shared->ByInterlocked);
    }

    for (int i = 0; i < Math.Min(times, Few); i++)
    {
        Must(sem_wait((sem_t*)shared->Mutex));
        int seen = shared->ByMutex;
        shared->ByMutex = seen + 1;
        Must(sem_post((sem_t*)shared->Mutex));
    }

    Must(munmap(shared, (nuint)sizeof(Shared)));
    return 0;
}

internal unsafe struct Shared
{
    public fixed byte Mutex[64]; // 信号量的内容不公开，给它留 64 字节
    public int Arrived, Unprotected, ByInterlocked, ByMutex;
}
