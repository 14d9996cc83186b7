// 为什么共享内存旁边总有一个信号量。对应文章「代码简单测试实例」：信号量在那里做什么，没有它会怎样。
//
//     dotnet run --project examples/13-LostUpdates
//
// 一、互斥：两个进程往同一个 int 上各加 Times 次，不加保护、用信号量、用 Interlocked。
// 二、次序：一个进程写信，另一个读信，怎样才知道信已经写完：用信号量；不用信号量，用一个标志加 Volatile。见 Letters.cs。
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int Times = Shared.Times, MaxRounds = 200;

    private static int Main(string[] args) => args switch
    {
        [] => TwoProcesses.Parent(),
        ["child", string name] => TwoProcesses.Child(name),
        _ => TwoProcesses.Usage(),
    };

    // 两个进程同时执行；mutex 的初值是 1。
    public static int Add(Shared* shared, sem_t* mutex)
    {
        // 读、加、存是三步：两个进程读到同一个数，各加 1 存回去，就少了一次。Interlocked 由 CPU 把三步合成不可分的一步。
        // 两边同时在 CPU 上才碰得到，所以没丢就再来一轮；只有一个核时可能始终不丢。
        int rounds = 0;
        do
        {
            TwoProcesses.Meet(shared);
            for (int i = 0; i < Times; i++)
            {
                shared->Unprotected = shared->Unprotected + 1;
                Interlocked.Increment(ref shared->ByInterlocked);
            }

            TwoProcesses.Meet(shared);
        }
        while (++rounds < MaxRounds && shared->Unprotected == rounds * 2 * Times);
        shared->Rounds = rounds;

        // 初值为 1 的信号量：一次只放一个进程进去，里面做多少步都行。
        for (int i = 0; i < Times; i++)
        {
            if (sem_wait(mutex) == -1) return Fail(errno, "sem_wait(mutex)");
            shared->ByMutex = shared->ByMutex + 1;
            if (sem_post(mutex) == -1) return Fail(errno, "sem_post(mutex)");
        }

        return 0;
    }

    // 两个进程都做完之后，父进程看结果；letters 是寄出的信。
    public static void Judge(Shared* shared, long[] letters)
    {
        int total = shared->Rounds * 2 * Times;
        Report("K1", $"两个进程各加 {Times} 次，不加保护，丢了就停，至多 {MaxRounds} 轮", $"第 {shared->Rounds} 轮丢了 {total - shared->Unprotected} 次");
        Observe("F2", "同样的这些轮里，两个进程用 Interlocked.Increment 加另一个数，总数", total, shared->ByInterlocked);
        Observe("K1", $"两个进程各加 {Times} 次，每次先 sem_wait 后 sem_post，总数", 2 * Times, shared->ByMutex);
        Observe("K1", "每写一封随机的信就 sem_post，对方 sem_wait 之后读，读对的封数", Times, Letters.Same(letters, shared->ByPost.Copy));
        Observe("F2", "不用信号量，写完信再 Volatile.Write 标志，对方 Volatile.Read 到标志才读，读对的封数", Times, Letters.Same(letters, shared->ByFlag.Copy));
    }
}
