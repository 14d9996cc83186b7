using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>让本程序的另一个角色做一件可能致命的事，看它怎样结束。</summary>
internal static class Child
{
    /// <summary>启动子进程并等它结束：不产生 core 文件，崩溃时的输出不上屏幕。</summary>
    /// <param name="args">子进程 Main 收到的参数。</param>
    /// <param name="descriptors">交给子进程的描述符，及其在子进程里的编号，从 3 开始。</param>
    /// <returns>结束的方式：被信号终止是信号名，例如 <c>SIGSEGV</c>；自己退出是 <c>退出码 0</c>。</returns>
    /// <exception cref="InvalidOperationException">子进程启动不了。</exception>
    public static string Run(string[] args, params (int fd, int newfd)[] descriptors) => Wait(Start(args, descriptors));

    /// <summary>只启动，不等：同 <see cref="Run"/>，之后用 <see cref="Wait"/> 看它怎样结束。</summary>
    /// <param name="args">子进程 Main 收到的参数。</param>
    /// <param name="descriptors">交给子进程的描述符，及其在子进程里的编号，从 3 开始。</param>
    /// <returns>子进程编号。</returns>
    /// <exception cref="InvalidOperationException">子进程启动不了。</exception>
    public static int Start(string[] args, params (int fd, int newfd)[] descriptors)
    {
        rlimit_t none = default;
        int devNull = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (devNull == -1) throw Failed(errno, "open(\"/dev/null\", O_WRONLY)");
        if (setrlimit(RLIMIT_CORE, none) == -1) throw Failed(errno, "setrlimit(RLIMIT_CORE, 0)");

        Errno error = spawn_self(out int pid, args, [.. descriptors, (devNull, 2)]);
        close(devNull);
        if (error != 0) throw Failed(error, "posix_spawn");
        return pid;
    }

    /// <summary>等子进程结束。</summary>
    /// <param name="pid">子进程编号。</param>
    /// <returns>结束的方式，同 <see cref="Run"/>。</returns>
    /// <exception cref="InvalidOperationException">没有这个子进程。</exception>
    public static string Wait(int pid)
    {
        if (waitpid(pid, out int status, 0) == -1) throw Failed(errno, $"waitpid({pid})");
        return WIFSIGNALED(status) ? "SIG" + sigabbrev_np(WTERMSIG(status)) : $"退出码 {WEXITSTATUS(status)}";
    }

    /// <summary>在子进程里调用：父进程先死（哪怕死于 SIGKILL），自己也跟着结束，不会永远等下去。</summary>
    /// <exception cref="InvalidOperationException">内核不答应。</exception>
    public static void EndWithParent()
    {
        if (prctl(PR_SET_PDEATHSIG, (nuint)SIGKILL) == -1) throw Failed(errno, "prctl(PR_SET_PDEATHSIG, SIGKILL)");
    }

    private static InvalidOperationException Failed(Errno error, string call) =>
        new($"{call}: {strerrorname_np(error)} ({strerror(error)})。子进程启动不了：检查 ulimit -u 与 ulimit -n。");
}
