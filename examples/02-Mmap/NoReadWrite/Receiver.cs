using Posix;
using static Examples.Failure;
using static Posix.Libc;

/// <summary>收数据的子进程：经映射收，或经管道收。</summary>
internal static unsafe class Receiver
{
    public const int Size = 1 << 20, Length = Size + 64, Chunk = 1 << 16, DataFd = 3, GoFd = 4, AnswerFd = 4;

    /// <summary>经映射：1 MiB 数据之后紧接着放答复。</summary>
    public static int Mapping()
    {
        // 手工运行时，3 号描述符不是父进程交来的那一块，不能往里写。
        if (fstat(DataFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != Length) return Usage();

        byte* memory = (byte*)mmap(null, Length, PROT_READ | PROT_WRITE, MAP_SHARED, DataFd, 0);
        if (memory == MAP_FAILED) return Fail(errno, $"mmap(null, {Length}, PROT_READ | PROT_WRITE, MAP_SHARED, {DataFd}, 0)");
        close(DataFd);
        var answer = (Answer*)(memory + Size);
        answer->AfterClose = fstat(DataFd, out _) == -1 ? errno : 0;

        // 等数据齐用的这一次 read，在开始数之前。
        byte none;
        if (read(GoFd, &none, 1) == -1) return Fail(errno, $"read({GoFd}, &none, 1)");

        IoCount before = IoCount.Now();
        answer->Received = Checksum.Of(new ReadOnlySpan<byte>(memory, Size));
        answer->Count = IoCount.Since(before);
        munmap(memory, Length);
        return 0;
    }

    /// <summary>经管道：读到结尾为止，答复写进另一个管道。</summary>
    public static int Pipe()
    {
        // 手工运行时，3 号和 4 号描述符不是父进程交来的两个管道。
        if (fstat(DataFd, out stat_t data) == -1 || fstat(AnswerFd, out stat_t up) == -1) return Usage();
        if (!S_ISFIFO(data.st_mode) || !S_ISFIFO(up.st_mode) || data.st_ino == up.st_ino) return Usage();

        byte* buffer = stackalloc byte[Chunk];
        Answer answer = new() { Received = Checksum.Start };
        IoCount before = IoCount.Now();
        nint got;
        while ((got = read(DataFd, buffer, Chunk)) > 0)
        {
            answer.Received = Checksum.Of(new ReadOnlySpan<byte>(buffer, (int)got), answer.Received);
        }

        if (got == -1) return Fail(errno, $"read({DataFd}, buffer, {Chunk})");
        answer.Count = IoCount.Since(before);
        nint sent = write(AnswerFd, &answer, (nuint)sizeof(Answer));
        return sent == sizeof(Answer) ? 0 : Fail(errno, $"write({AnswerFd}, &answer, {sizeof(Answer)})");
    }

    /// <summary>子进程结束得不好就说一句；它自己失败时已经报过错。</summary>
    public static int Check(int pid, int status)
    {
        if (status == 0) return 0;
        string how = WIFSIGNALED(status) ? $"被信号 SIG{sigabbrev_np(WTERMSIG(status))} 终止" : $"以退出码 {WEXITSTATUS(status)} 结束";
        Console.Error.WriteLine($"waitpid({pid}): 子进程{how}。再运行一次；仍然如此就看它上面报的错。");
        return 1;
    }

    /// <summary>用法不对时的一行。</summary>
    public static int Usage()
    {
        Console.Error.WriteLine("用法：NoReadWrite（没有参数；子进程由它自己启动）");
        return 2;
    }
}
