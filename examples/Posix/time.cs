using System.Runtime.InteropServices;

namespace Posix;

/// <summary>哪一个钟：常量 <c>CLOCK_*</c>。</summary>
public enum ClockId;

public static unsafe partial class Libc
{
    /// <summary>墙上的钟：从 1970 年算起，管理员和 NTP 会拨动它。</summary>
    public const ClockId CLOCK_REALTIME = 0;

    /// <summary>只往前走的钟：从某个时刻（一般是开机）算起，谁也不能拨动，机器睡眠时不走。</summary>
    public const ClockId CLOCK_MONOTONIC = (ClockId)1;

    /// <summary>一个时刻；布局在 x64 与 arm64 上相同，16 字节。</summary>
    public struct timespec_t
    {
        /// <summary>秒。</summary>
        public long tv_sec;

        /// <summary>纳秒，0 到 999999999。</summary>
        public long tv_nsec;
    }

    /// <summary>读一个钟。</summary>
    /// <param name="clockid"><c>CLOCK_*</c>。</param>
    /// <param name="tp">此刻。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（没有这个钟）。来源：clock_gettime(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int clock_gettime(ClockId clockid, out timespec_t tp);
}
