namespace Posix;

/// <summary>信号：常量 <c>SIG*</c>。1 到 31 号在 x64 与 arm64 上编号相同。</summary>
public enum Signal;

public static unsafe partial class Libc
{
    private static readonly string[] SignalNames =
        ("0 HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP "
        + "TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS").Split(' ');

    /// <summary>信号的缩写，例如 <c>KILL</c>；前面加上 SIG 就是常量名。</summary>
    /// <param name="sig">信号。</param>
    /// <returns>缩写；没有名字的编号原样返回数字。</returns>
    /// <remarks>来源：sigabbrev_np(3)。glibc 的同名函数 musl 没有，这里用自己的表。</remarks>
    public static string sigabbrev_np(Signal sig) =>
        (uint)sig < (uint)SignalNames.Length ? SignalNames[(int)sig] : ((int)sig).ToString();
}
