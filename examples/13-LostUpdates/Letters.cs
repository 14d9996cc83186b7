using static Examples.Failure;
using static Posix.Libc;

/// <summary>次序：写信的一方怎样说「写完了」，读信的一方才不会读到一半。</summary>
internal static unsafe class Letters
{
    private const int Times = Shared.Times;

    // 父进程写信；posted 的初值是 0。
    public static int Write(Shared* shared, sem_t* posted, long[] letters)
    {
        // sem_post 之前写入的，sem_wait 返回之后一定看得到：POSIX 把两者列为同步内存的函数（XBD「Memory Synchronization」）。
        TwoProcesses.Meet(shared);
        for (int i = 0; i < Times; i++)
        {
            shared->ByPost.Letter[i] = letters[i];
            if (sem_post(posted) == -1) return Fail(errno, "sem_post(posted)");
        }

        // 没有信号量就自己保证：Volatile.Write 之前的写入，不会排到标志之后。
        TwoProcesses.Meet(shared);
        for (int i = 0; i < Times; i++)
        {
            shared->ByFlag.Letter[i] = letters[i];
            Volatile.Write(ref shared->ByFlag.Written[i], 1);
        }

        return 0;
    }

    // 子进程读信，读到什么抄什么，由父进程核对。
    public static int Read(Shared* shared, sem_t* posted)
    {
        TwoProcesses.Meet(shared);
        for (int i = 0; i < Times; i++)
        {
            if (sem_wait(posted) == -1) return Fail(errno, "sem_wait(posted)");
            shared->ByPost.Copy[i] = shared->ByPost.Letter[i];
        }

        // Volatile.Read 之后的读取，不会排到标志之前。换成普通读写：JIT 可以只读一次标志，循环再也出不来；arm64 的 CPU
        // 可以让这边先看到标志、后看到内容。x64 的 CPU 不这样重排，在 x64 上没出错不说明写对了，所以这里不演示「不用」。
        TwoProcesses.Meet(shared);
        for (int i = 0; i < Times; i++)
        {
            while (Volatile.Read(ref shared->ByFlag.Written[i]) == 0) Thread.Yield();
            shared->ByFlag.Copy[i] = shared->ByFlag.Letter[i];
        }

        return 0;
    }

    /// <summary>抄来的信里，与寄出的相同的封数。</summary>
    /// <param name="letters">寄出的信。</param>
    /// <param name="copy">抄来的信。</param>
    public static int Same(long[] letters, long* copy)
    {
        int same = 0;
        for (int i = 0; i < Times; i++)
        {
            if (letters[i] == copy[i]) same++;
        }

        return same;
    }
}
