using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>prctl</c> 的操作：常量 <c>PR_*</c>。</summary>
public enum ProcessOption;

public static unsafe partial class Libc
{
    /// <summary>父进程（准确说是启动本进程的那个线程）结束时，内核发给本进程的信号；参数是信号。</summary>
    /// <remarks>父进程已经先结束了，就不会再有信号。exec 不影响它，子进程不继承。</remarks>
    public const ProcessOption PR_SET_PDEATHSIG = (ProcessOption)1;

    /// <summary>参数非 0：后代进程成了孤儿，就归本进程，而不是归 init；Linux 3.4 起。</summary>
    public const ProcessOption PR_SET_CHILD_SUBREAPER = (ProcessOption)36;

    /// <summary>Linux 对本进程的各种设置。</summary>
    /// <param name="option"><c>PR_*</c>。</param>
    /// <param name="argument">参数，含义随 <paramref name="option"/>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// C 的原型是可变参数，这里声明成固定参数，理由同 <see cref="open"/>。
    /// 常见 errno：EINVAL（操作或参数不对）。来源：prctl(2)、PR_SET_PDEATHSIG(2const)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(ProcessOption option, nuint argument);
}
