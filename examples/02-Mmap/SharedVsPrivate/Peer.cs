using Posix;
using static Examples.Failure;
using static Posix.Libc;

/// <summary>同一个文件的另一个进程：父进程经两个管道问它看到什么、让它存什么。</summary>
/// <remarks>一问一答，谁先谁后由管道定；父进程没了，子进程读到管道的结尾，也就结束。</remarks>
internal sealed unsafe class Peer : IDisposable
{
    private const int FileFd = 3, QuestionFd = 4, AnswerFd = 5;
    private readonly int _pid, _question, _answer;
    private bool _finished;

    /// <summary>启动子进程，把文件交给它。</summary>
    /// <param name="fd">文件的描述符。</param>
    public Peer(int fd)
    {
        int* question = stackalloc int[2], answer = stackalloc int[2];
        if (pipe2(question, O_CLOEXEC) == -1 || pipe2(answer, O_CLOEXEC) == -1) throw Failed(errno, "pipe2");
        Errno error = spawn_self(out _pid, ["child"], (fd, FileFd), (question[0], QuestionFd), (answer[1], AnswerFd));
        if (error != 0) throw Failed(error, "posix_spawn");
        close(question[0]);
        close(answer[1]);
        (_question, _answer) = (question[1], answer[0]);
    }

    /// <summary>子进程经它的两个映射看到的值。</summary>
    public (int Shared, int Private) Look() => Ask(0);

    /// <summary>让子进程经 MAP_SHARED 存一个值，存好才返回。</summary>
    /// <param name="value">值，不是 0。</param>
    public void Store(int value) => Ask(value);

    /// <summary>让子进程结束，等到它结束。</summary>
    public void Dispose()
    {
        if (_finished) return;
        _finished = true;
        close(_question);
        close(_answer);
        waitpid(_pid, out _, 0);
    }

    /// <summary>子进程的角色：0 是只看，其他值先存再看，答复看到的两个值。</summary>
    public static int Child()
    {
        // 手工运行 child 时，3 号描述符不是父进程交来的文件，不能往里写。
        if (fstat(FileFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != sizeof(int)) return Usage();
        if (Program.Map(FileFd, out int* shared, out int* own) != 0) return 1;
        close(FileFd);

        int store;
        int* seen = stackalloc int[2];
        while (read(QuestionFd, &store, sizeof(int)) == sizeof(int))
        {
            if (store != 0) *shared = store;
            (seen[0], seen[1]) = (*shared, *own);
            if (write(AnswerFd, seen, 2 * sizeof(int)) == -1) return Fail(errno, $"write({AnswerFd}, seen, {2 * sizeof(int)})");
        }

        return 0;
    }

    /// <summary>用法不对时的一行。</summary>
    public static int Usage()
    {
        Console.Error.WriteLine("用法：SharedVsPrivate（没有参数；子进程由它自己启动）");
        return 2;
    }

    private (int Shared, int Private) Ask(int store)
    {
        int* seen = stackalloc int[2];

        // EPIPE：子进程已经不在了，下面读到的就是结尾。
        if (write(_question, &store, sizeof(int)) == -1 && errno != EPIPE) throw Failed(errno, "write(question)");
        nint got = read(_answer, seen, 2 * sizeof(int));
        if (got == -1) throw Failed(errno, "read(answer)");
        return got == 2 * sizeof(int) ? (seen[0], seen[1]) : throw new InvalidOperationException("子进程没有答复就结束了，看它上面报的错。");
    }

    private static InvalidOperationException Failed(Errno error, string call) => new($"{call}: {strerrorname_np(error)} ({strerror(error)})");
}
