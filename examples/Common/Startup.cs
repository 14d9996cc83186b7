using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Posix.Libc;

namespace Examples;

/// <summary>每个示例在 Main 之前先做的几件事，编进每个可执行文件；读示例时不用看它。</summary>
internal static class Startup
{
    // .NET 自己要用三十多个描述符：打开程序集、控制台、信号的管道。
    private const int FewestDescriptors = 64;

    [ModuleInitializer]
    internal static void Run()
    {
        // 描述符不够时，控制台和报错用的程序集都打不开，程序会一声不响地停在半路；所以最先看，而且不经过 Console。
        if (OperatingSystem.IsLinux() && getrlimit(RLIMIT_NOFILE, out rlimit_t limit) == 0 && limit.rlim_cur < FewestDescriptors) TooFewDescriptors();

        // 没有料到的异常（例如标准输出所在的磁盘满了）也只用一行说清，不甩出调用栈。
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            var exception = (Exception)e.ExceptionObject;
            string advice = exception is IOException or UnauthorizedAccessException ? "检查重定向的目标、权限和磁盘空间。" : "";
            try
            {
                Console.Error.WriteLine($"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} {advice}");
            }
            catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
            {
                // 标准错误也写不进去，只剩退出码可说。
            }

            Environment.Exit(1);
        };

        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            Console.Error.WriteLine("这个示例要在 x64 或 arm64 的 Linux 上运行；Windows 可用 WSL2，macOS 可用容器或虚拟机。");
            Environment.Exit(1);
        }

        // glibc 2.34 起才有的一个函数；也是从这一版起，shm_open 与 sem_open 并入 libc.so.6。musl 没有它。
        if (NativeLibrary.TryLoad("libc", out nint libc) && !NativeLibrary.TryGetExport(libc, nameof(Posix.Libc.posix_spawn_file_actions_addclosefrom_np), out _))
        {
            Console.Error.WriteLine("这个示例要用 glibc 2.34 以上（Ubuntu 22.04、Debian 12 起；Alpine 的 musl 不行）；ldd --version 显示当前版本。");
            Environment.Exit(1);
        }
    }

    private static unsafe void TooFewDescriptors()
    {
        ReadOnlySpan<byte> line = "getrlimit(RLIMIT_NOFILE): 描述符的上限不到 64 个，.NET 自己都不够用。先放宽，例如 ulimit -n 1024\n"u8;
        fixed (byte* start = line) write(2, start, (nuint)line.Length);
        _exit(1);
    }
}
