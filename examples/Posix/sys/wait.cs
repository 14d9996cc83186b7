using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>waitpid</c> 与 <c>waitid</c> 的选项：常量 <c>W*</c>。</summary>
[Flags]
public enum WaitOptions;

/// <summary><c>waitid</c> 等的是什么：常量 <c>P_*</c>。</summary>
public enum WaitIdType;

public static unsafe partial class Libc
{
    /// <summary>不等待：子进程还没有结束就返回 0。</summary>
    public const WaitOptions WNOHANG = (WaitOptions)1;

    /// <summary><c>waitid</c>：等子进程结束。</summary>
    public const WaitOptions WEXITED = (WaitOptions)4;

    /// <summary><c>waitid</c>：只等，不取走；之后还要再等一次把它取走。</summary>
    public const WaitOptions WNOWAIT = (WaitOptions)0x1000000;

    /// <summary>等指定编号的那一个子进程。</summary>
    public const WaitIdType P_PID = (WaitIdType)1;

    /// <summary>信号的说明，内容不公开：<c>waitid</c> 要写入它，示例不看。</summary>
    [InlineArray(16)]
    public struct siginfo_t
    {
        private ulong _opaque;
    }

    /// <summary>等子进程结束，取走它的状态。</summary>
    /// <param name="pid">子进程编号；-1 等任意一个。用了 <see cref="System.Diagnostics.Process"/> 的程序不要给 -1：
    /// 取走了它的子进程，它就再也等不到，运行时还可能因此结束程序。</param>
    /// <param name="status">结束状态，用 <see cref="WIFEXITED"/> 等解读。</param>
    /// <param name="options">0，或 <see cref="WNOHANG"/>。</param>
    /// <returns>结束的子进程编号；带 <see cref="WNOHANG"/> 而尚未结束时为 0；
    /// 失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ECHILD（不是自己的子进程，或已经取走；启动时 SIGCHLD 就被忽略的话，由内核取走）。
    /// 来源：waitpid(2)。</remarks>
    public static int waitpid(int pid, out int status, WaitOptions options)
    {
        int result;
        do
        {
            result = waitpid_once(pid, out status, options);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>等子进程改变状态；带 <see cref="WNOWAIT"/> 时不取走，它仍是僵尸进程，之后还能再等。</summary>
    /// <param name="idtype"><see cref="P_PID"/>。</param>
    /// <param name="id">子进程编号。</param>
    /// <param name="infop">子进程怎样结束；128 字节，x64 与 arm64 相同。</param>
    /// <param name="options"><see cref="WEXITED"/>，可加 <see cref="WNOWAIT"/>、<see cref="WNOHANG"/>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ECHILD、EINVAL。来源：waitid(2)。</remarks>
    public static int waitid(WaitIdType idtype, int id, siginfo_t* infop, WaitOptions options)
    {
        int result;
        do
        {
            result = waitid_once(idtype, id, infop, options);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>是否自己退出（exit 或从 Main 返回）。</summary>
    /// <param name="status"><see cref="waitpid"/> 给的状态。</param>
    /// <returns>自己退出为 true。</returns>
    /// <remarks>来源：waitpid(2)。</remarks>
    public static bool WIFEXITED(int status) => (status & 0x7F) == 0;

    /// <summary>退出码；<see cref="WIFEXITED"/> 为 true 时才有意义。</summary>
    /// <param name="status"><see cref="waitpid"/> 给的状态。</param>
    /// <returns>0 到 255。</returns>
    /// <remarks>来源：waitpid(2)。</remarks>
    public static int WEXITSTATUS(int status) => (status >> 8) & 0xFF;

    /// <summary>是否被信号终止。</summary>
    /// <param name="status"><see cref="waitpid"/> 给的状态。</param>
    /// <returns>被信号终止为 true。</returns>
    /// <remarks>来源：waitpid(2)。</remarks>
    public static bool WIFSIGNALED(int status) => (status & 0x7F) is not (0 or 0x7F);

    /// <summary>终止它的信号；<see cref="WIFSIGNALED"/> 为 true 时才有意义。</summary>
    /// <param name="status"><see cref="waitpid"/> 给的状态。</param>
    /// <returns>信号。</returns>
    /// <remarks>来源：waitpid(2)。</remarks>
    public static Signal WTERMSIG(int status) => (Signal)(status & 0x7F);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int waitid_once(WaitIdType idtype, int id, siginfo_t* infop, WaitOptions options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int waitpid_once(int pid, out int status, WaitOptions options);
}
