// 与主题无关的部分：这一页脏了多少，以及内核自己的写回（设置，和 --wait 时等它发生）。
using System.Diagnostics;
using System.Globalization;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Writeback
{
    /// <summary>这处映射里改过、还没写回的 KiB；同一页映射了两处时记在 Shared 名下，所以两项相加。</summary>
    public static long DirtyKiB(void* memPtr) => Proc.SmapsKiB(memPtr, "Shared_Dirty") + Proc.SmapsKiB(memPtr, "Private_Dirty");

    /// <summary>内核多久写回一次：脏满多久算到期，写回线程多久醒一次。</summary>
    public static void ReportSettings() =>
        Report(
            "E1", "内核自己写回：脏满多久算到期（dirty_expire_centisecs），多久查一次（dirty_writeback_centisecs）",
            $"{Expire.TotalSeconds} s 与 {Interval.TotalSeconds} s");

    /// <summary>存一个值，不调用 msync，等内核自己写回。</summary>
    public static void Wait(byte* memPtr, byte value)
    {
        // 到期之后还要等写回线程下一次醒来，忙的时候再多等一轮；之后的十秒留给磁盘。
        TimeSpan limit = Expire + (2 * Interval) + TimeSpan.FromSeconds(10);
        const string What = "存一个值，不再 msync，等内核自己写回，脏的 KiB 起先和最后";
        if (Interval == TimeSpan.Zero || limit > TimeSpan.FromMinutes(2))
        {
            Report("E1", What, "按上面的设置，内核两分钟之内不会自己写回，不等了");
            return;
        }

        Console.Error.WriteLine($"等内核自己写回这一页，至多 {limit.TotalSeconds} s；按 Ctrl+C 放弃。");
        *memPtr = value;
        long start = Stopwatch.GetTimestamp(), first = DirtyKiB(memPtr), dirty;

        // 写回时没有通知可等，只能隔一会儿问一次 smaps。
        while ((dirty = DirtyKiB(memPtr)) != 0 && Stopwatch.GetElapsedTime(start) < limit) poll(null, 0, 200);
        Observe("E1", What, $"{Environment.SystemPageSize / 1024}，0", $"{first}，{dirty}");
        Report("E1", "从存下去到看到内核写回，过了多久", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
    }

    /// <summary>没有磁盘文件系统：没有写回可看。</summary>
    public static int NoDisk()
    {
        Report("E1", "找一个磁盘文件系统上的目录，好看内核与 msync 怎样写回", "没有可写的这种目录");
        return 0;
    }

    /// <summary>参数不对。</summary>
    public static int Usage()
    {
        Console.Error.WriteLine("用法：Msync [--wait]（--wait：再等内核自己写回一次，默认设置下半分多钟）");
        return 2;
    }

    private static TimeSpan Expire => Setting("dirty_expire_centisecs");

    private static TimeSpan Interval => Setting("dirty_writeback_centisecs");

    // 以百分之一秒为单位。
    private static TimeSpan Setting(string name) =>
        TimeSpan.FromMilliseconds(10 * long.Parse(File.ReadAllText("/proc/sys/vm/" + name), CultureInfo.InvariantCulture));
}
