using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>每个示例在 Main 之前先做的几件事，编进每个可执行文件；读示例时不用看它。</summary>
internal static unsafe class Startup
{
    // .NET 自己要用几十个描述符：打开程序集、控制台、信号的管道。
    private const int FewestDescriptors = 96;

    [ModuleInitializer]
    internal static void Run()
    {
        bool known = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;
        if (!OperatingSystem.IsLinux() || !known)
            errx(1, "这个示例要在 x64 或 arm64 的 Linux 上运行；Windows 可用 WSL2，macOS 可用容器或虚拟机。");

        // 描述符不够时，控制台和报错用的程序集都打不开，程序会没有任何提示地停在半路；所以最先看，而且不经过 Console。
        if (getrlimit(RLIMIT_NOFILE, out rlimit_t limit) == 0 && limit.rlim_cur < FewestDescriptors)
        {
            ReadOnlySpan<byte> line =
                "getrlimit(RLIMIT_NOFILE): 描述符的上限不到 96 个，不够 .NET 用。先放宽，例如 ulimit -n 1024\n"u8;
            fixed (byte* start = line) write(2, start, (nuint)line.Length);
            _exit(1);
        }

        // glibc 2.34 起才有的一个函数；也是从这一版起，shm_open 与 sem_open 并入 libc.so.6。musl 没有它。
        const string Needed = nameof(posix_spawn_file_actions_addclosefrom_np);
        if (NativeLibrary.TryLoad("libc", out nint libc) && !NativeLibrary.TryGetExport(libc, Needed, out _))
            errx(1, "这个示例要用 glibc 2.34 以上（Ubuntu 22.04、Debian 12 起）；ldd --version 显示当前版本。");

        // 启动终端的程序（窗口管理器、守护进程）若忽略或阻塞信号，会一路传下来。忽略 SIGCHLD，子进程一结束，
        // 内核就丢掉它的状态，waitpid 等不到；阻塞它，.NET 的 Process 就一直等。
        signal(SIGCHLD, SIG_DFL);
        pthread_sigmask(SIG_SETMASK, default, null);

        // 有的 umask 连属主自己的权限也去掉，那样自己创建的对象自己都打不开。
        Mode others = S_IRWXG | S_IRWXO;
        umask(umask(others) & others);

        // 没有料到的异常（例如标准输出所在的磁盘满了）也只用一行说清，不打印调用栈；只说系统说了什么，不猜原因。
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            var exception = (Exception)e.ExceptionObject;
            errx(1, $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}");
        };

        if (getpid() == 1) ActAsInit();
        Undo.Arm();
    }

    // 容器里的 1 号进程（docker run 不带 --init）：.NET 会替 init 取走全部子进程的结束状态，我们的 waitpid 就等不到了。
    // 所以 1 号只当 init：把自己作为子进程再启动一次，等它结束，以它的结局退出。
    private static void ActAsInit()
    {
        Must(spawn_self(out int pid, Environment.GetCommandLineArgs()[1..]));
        List<PosixSignalRegistration> passedOn = [];
        foreach (Signal signal in (Signal[])[SIGINT, SIGHUP, SIGTERM, SIGQUIT])
        {
            passedOn.Add(PosixSignalRegistration.Create((PosixSignal)(int)signal, context =>
            {
                context.Cancel = true;
                kill(pid, signal);
            }));
        }

        int ended, status;
        while ((ended = waitpid(-1, out status, 0)) != pid && ended != -1) { }
        Environment.Exit(ended == -1 ? 1 : WIFSIGNALED(status) ? 128 + (int)WTERMSIG(status) : WEXITSTATUS(status));
    }
}
