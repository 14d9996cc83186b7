using static Posix.Libc;

namespace Examples;

/// <summary>让本程序的另一个角色做一件可能致命的事，看它怎样结束。</summary>
internal static class ChildProcess
{
    /// <summary>启动子进程并等它结束：不产生 core 文件，崩溃时的输出不上屏幕。</summary>
    /// <param name="args">子进程 Main 收到的参数。</param>
    /// <param name="descriptors">交给子进程的描述符，及其在子进程里的编号，从 3 开始。</param>
    /// <returns>结束的方式：被信号终止是信号名，例如 <c>SIGSEGV</c>；自己退出是 <c>退出码 0</c>。</returns>
    public static string Run(string[] args, params (int fd, int newfd)[] descriptors) => Wait(Start(args, descriptors));

    /// <summary>只启动，不等：同 <see cref="Run"/>，之后用 <see cref="Wait"/> 看它怎样结束。</summary>
    /// <param name="args">子进程 Main 收到的参数。</param>
    /// <param name="descriptors">交给子进程的描述符，及其在子进程里的编号，从 3 开始。</param>
    /// <returns>子进程编号。</returns>
    public static int Start(string[] args, params (int fd, int newfd)[] descriptors)
    {
        int devNull = Must(open("/dev/null", O_WRONLY | O_CLOEXEC));
        Must(setrlimit(RLIMIT_CORE, default));
        Must(spawn_self(out int pid, args, [.. descriptors, (devNull, 2)]), string.Join(' ', args));
        Must(close(devNull));
        return pid;
    }

    /// <summary>等子进程结束。</summary>
    /// <param name="pid">子进程编号。</param>
    /// <returns>结束的方式，同 <see cref="Run"/>。</returns>
    public static string Wait(int pid)
    {
        Must(waitpid(pid, out int status, 0), pid);
        return Ending(status);
    }

    /// <summary>子进程结束的方式，同 <see cref="Run"/>。</summary>
    /// <param name="status"><see cref="waitpid"/> 给的状态。</param>
    public static string Ending(int status) =>
        WIFSIGNALED(status) ? "SIG" + sigabbrev_np(WTERMSIG(status)) : $"退出码 {WEXITSTATUS(status)}";

    /// <summary>在子进程里调用：父进程先死（哪怕死于 SIGKILL），自己也跟着结束，不会永远等下去。</summary>
    public static void EndWithParent()
    {
        // 父进程可能在 prctl 之前就已经结束，那样不会再有信号：设好之后再看一次。
        Must(prctl(PR_SET_PDEATHSIG, (nuint)SIGKILL));
        if (!was_spawned) _exit(1);
    }
}
