using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>本线程在哪个核上；两种语言用同样的办法。</summary>
internal static unsafe partial class Cpu
{
    private const int Bytes = 128;
    private static readonly byte[] Everywhere = GetAffinity();

    /// <summary>可用的核。</summary>
    public static int[] All { get; } = [.. Enumerable.Range(0, Bytes * 8).Where(cpu => (Everywhere[cpu / 8] & (1 << (cpu % 8))) != 0)];

    /// <summary>本线程只在这个核上。</summary>
    /// <param name="cpu">核；-1 是随调度器。</param>
    public static void Pin(int cpu)
    {
        byte[] set = Everywhere;
        if (cpu >= 0)
        {
            set = new byte[Bytes];
            set[cpu / 8] = (byte)(1 << (cpu % 8));
        }

        fixed (byte* mask = set)
        {
            if (sched_setaffinity(0, Bytes, mask) == -1) throw new InvalidOperationException($"sched_setaffinity: {strerrorname_np(errno)}");
        }
    }

    private static byte[] GetAffinity()
    {
        byte[] set = new byte[Bytes];
        fixed (byte* mask = set)
        {
            if (sched_getaffinity(0, Bytes, mask) == -1) throw new InvalidOperationException($"sched_getaffinity: {strerrorname_np(errno)}");
        }

        return set;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int pid, nuint size, byte* mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_getaffinity(int pid, nuint size, byte* mask);
}
