// 为什么共享内存旁边总有一个信号量。对应文章「代码简单测试实例」：信号量在那里做什么，没有它会怎样。
//
//     dotnet run --project examples/13-LostUpdates
//
// 一、互斥：两个进程往同一个 int 上各加 Times 次，不加保护、用信号量、用 Interlocked。
// 二、次序：一个进程写信，另一个读信，怎样才知道信已经写完：用信号量；不用信号量，用一个标志加 Volatile。
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    public const int Times = Shared.Times, MaxRounds = 500;

    private static int Main(string[] args) => args switch
    {
        [] => TwoProcesses.Parent(),
        ["child", string name] => TwoProcesses.Child(name),
        _ => TwoProcesses.Usage(),
    };

    // 两个进程同时执行；mutex 的初值是 1。
    public static int Add(Shared* shared, sem_t* mutex)
    {
        // 读、加、存是三步：两个进程读到同一个数，各加 1 存回去，就少了一次。
        // 两边同时在 CPU 上才碰得到，所以没丢就再来一轮；只有一个核时可能始终不丢。
        int rounds = 0;
        do
        {
            TwoProcesses.Meet(shared);
            for (int i = 0; i < Times; i++) shared->Unprotected = shared->Unprotected + 1;
            TwoProcesses.Meet(shared);
        }
        while (++rounds < MaxRounds && shared->Unprotected == rounds * 2 * Times);
        shared->Rounds = rounds;

        // 初值为 1 的信号量：一次只放一个进程进去。
        for (int i = 0; i < Times; i++)
        {
            if (sem_wait(mutex) == -1) return Fail(errno, "sem_wait(mutex)");
            shared->ByMutex = shared->ByMutex + 1;
            if (sem_post(mutex) == -1) return Fail(errno, "sem_post(mutex)");
        }

        // CPU 把三步合成不可分的一步；它只认内存，不管另一边是线程还是进程。
        TwoProcesses.Meet(shared);
        for (int i = 0; i < Times; i++) Interlocked.Increment(ref shared->ByInterlocked);
        return 0;
    }

    // 父进程写信；posted 的初值是 0。
    public static int WriteLetters(Shared* shared, sem_t* posted, long[] letters)
    {
        // sem_post 之前写入的，sem_wait 返回之后一定看得到：POSIX 把两者列为同步内存的函数（XBD「Memory Synchronization」）。
        for (int i = 0; i < Times; i++)
        {
            shared->ByPost.Letter[i] = letters[i];
            if (sem_post(posted) == -1) return Fail(errno, "sem_post(posted)");
        }

        // 没有信号量就自己保证：Volatile.Write 之前的写入，不会排到标志之后。
        for (int i = 0; i < Times; i++)
        {
            shared->ByFlag.Letter[i] = letters[i];
            Volatile.Write(ref shared->ByFlag.Written[i], 1);
        }

        return 0;
    }

    // 子进程读信，读到什么抄什么，由父进程核对。
    public static int ReadLetters(Shared* shared, sem_t* posted)
    {
        for (int i = 0; i < Times; i++)
        {
            if (sem_wait(posted) == -1) return Fail(errno, "sem_wait(posted)");
            shared->ByPost.Copy[i] = shared->ByPost.Letter[i];
        }

        // Volatile.Read 之后的读取，不会排到标志之前。换成普通读写：JIT 可以只读一次标志，循环再也出不来；arm64 的 CPU
        // 可以让这边先看到标志、后看到内容。x64 的 CPU 不这样重排，在 x64 上没出错不说明写对了，所以这里不演示「不用」。
        for (int i = 0; i < Times; i++)
        {
            while (Volatile.Read(ref shared->ByFlag.Written[i]) == 0) Thread.Yield();
            shared->ByFlag.Copy[i] = shared->ByFlag.Letter[i];
        }

        return 0;
    }
}
