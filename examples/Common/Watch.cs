using static Posix.Libc;

namespace Examples;

/// <summary>看着另一端的进程：它没了，本进程就不会永远等在信号量上，或空转下去。</summary>
internal sealed unsafe class Watch
{
    private readonly Thread _waiting;
    private volatile bool _expected;
    private int _status;

    /// <summary>父进程看着子进程：中途结束就报错退出。</summary>
    /// <param name="pid">子进程。</param>
    public Watch(int pid)
    {
        _waiting = new Thread(() =>
        {
            waitpid(pid, out _status, 0);
            if (_expected || _status == 0) return;
            Console.Error.WriteLine($"waitpid({pid}): 子进程中途{How}，做不下去了。再运行一次；仍这样就看它自己报的错。");
            Environment.Exit(1);
        }) { IsBackground = true };
        _waiting.Start();
    }

    private string How => WIFSIGNALED(_status) ? $"被信号 SIG{sigabbrev_np(WTERMSIG(_status))} 终止" : $"以退出码 {WEXITSTATUS(_status)} 结束";

    /// <summary>子进程看着父进程：父进程没了就跟着结束。</summary>
    /// <param name="life">管道，父进程握着写端，从不写。</param>
    public static void Parent(int life)
    {
        var waiting = new Thread(() =>
        {
            byte never;
            read(life, &never, 1);
            _exit(1);
        }) { IsBackground = true };
        waiting.Start();
    }

    /// <summary>从现在起，子进程可以结束了。</summary>
    public void Expect() => _expected = true;

    /// <summary>等子进程结束。</summary>
    /// <returns>null；不是正常结束时，是怎样结束的。</returns>
    public string? Join()
    {
        _waiting.Join();
        return _status == 0 ? null : How;
    }
}
