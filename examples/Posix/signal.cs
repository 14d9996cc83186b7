using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Posix;

/// <summary>信号：常量 <c>SIG*</c>。1 到 31 号在 x64 与 arm64 上编号相同。</summary>
public enum Signal;

public static unsafe partial class Libc
{
    /// <summary>信号的默认处理。</summary>
    public const nint SIG_DFL = 0;

    /// <summary>终端断开。</summary>
    public const Signal SIGHUP = (Signal)1;

    /// <summary>Ctrl+C。</summary>
    public const Signal SIGINT = (Signal)2;

    /// <summary>终端上按了 Ctrl+\。</summary>
    public const Signal SIGQUIT = (Signal)3;

    /// <summary>进程自己 abort；.NET 遇到致命错误也用它。</summary>
    public const Signal SIGABRT = (Signal)6;

    /// <summary>映射背后没有对象的内容：超出文件末页，或分不到空间。</summary>
    public const Signal SIGBUS = (Signal)7;

    /// <summary>立刻终止，不能捕获。</summary>
    public const Signal SIGKILL = (Signal)9;

    /// <summary>地址没有映射，或保护不允许。</summary>
    public const Signal SIGSEGV = (Signal)11;

    /// <summary>请求终止。</summary>
    public const Signal SIGTERM = (Signal)15;

    /// <summary>子进程结束或暂停；默认不理会，但「忽略」它会使 <see cref="waitpid"/> 取不到子进程的状态。</summary>
    public const Signal SIGCHLD = (Signal)17;

    /// <summary>继续运行。</summary>
    public const Signal SIGCONT = (Signal)18;

    /// <summary>暂停，不能捕获。</summary>
    public const Signal SIGSTOP = (Signal)19;

    /// <summary>信号的缩写，例如 <c>KILL</c>；前面加上 SIG 就是常量名。</summary>
    /// <param name="sig">信号。</param>
    /// <returns>缩写；没有名字的编号原样返回数字。</returns>
    /// <remarks>glibc 2.32 起才有。来源：sigabbrev_np(3)。</remarks>
    public static string sigabbrev_np(Signal sig) => Marshal.PtrToStringUTF8((nint)sigabbrev_raw(sig)) ?? $"{(int)sig}";

    /// <summary>设定本进程收到信号时怎样处理；这里只用来恢复默认，<c>signal(SIGCHLD, SIG_DFL)</c>。</summary>
    /// <param name="signum">信号。</param>
    /// <param name="handler"><see cref="SIG_DFL"/>。</param>
    /// <returns>原来的处理；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>「忽略」会穿过 exec，由启动者传给子进程；其他的处理到 exec 就恢复默认。
    /// 常见 errno：EINVAL。来源：signal(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint signal(Signal signum, nint handler);

    /// <summary>一组信号；glibc 留足 1024 个，128 字节。全是 0 就是一个也没有。</summary>
    [InlineArray(16)]
    public struct sigset_t
    {
        private ulong _opaque;
    }

    /// <summary>整个换掉：新的一组就是给的那一组。</summary>
    public const int SIG_SETMASK = 2;

    /// <summary>换掉本线程阻塞的信号；阻塞的信号来了先记着，不再阻塞时才处理。</summary>
    /// <param name="how">只用 <see cref="SIG_SETMASK"/>。</param>
    /// <param name="set">新的一组。</param>
    /// <param name="oldset">原来的一组；null 就不要。</param>
    /// <returns>成功为 0，失败为错误编号（EINVAL）。</returns>
    /// <remarks>阻塞会穿过 exec，由启动者传给子进程。来源：pthread_sigmask(3)、sigprocmask(2)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_sigmask(int how, in sigset_t set, sigset_t* oldset);

    /// <summary>给进程或进程组发信号。</summary>
    /// <param name="pid">进程编号；负数是进程组。</param>
    /// <param name="sig">信号；0 只检查进程在不在。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ESRCH（没有这个进程）、EPERM。来源：kill(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int pid, Signal sig);

    [LibraryImport("libc", EntryPoint = "sigabbrev_np")]
    private static partial byte* sigabbrev_raw(Signal sig);
}
