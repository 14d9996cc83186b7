// C# 为什么不 fork。对应文章「通过匿名内存映射提供亲缘进程间的通信」，用文章自己的道理解释。
//
//     dotnet run --project examples/11-WhyNotFork -- [次数]
//
// 文章说：fork 之前建的 MAP_SHARED 映射，子进程也有（F1），一方存的值另一方看得到（F2）。两句都对，
// 而 .NET 存放机器码的内存恰好也是这样的映射：为了不让内存又可写又可执行，同一个 memfd 映射两次，
// 一份 r-xs，一份 rw-s。fork 之后，子进程编译它的第一个方法，写进的是父进程的代码内存：
// 子进程好好地结束，死的是父进程。关掉双重映射，或全部预先编译，能躲开这件事；
// 躲不开的是线程：子进程里只有调用 fork 的那一个，垃圾回收正做到一半的话，子进程永远等不到它做完。
// posix_spawn 马上 exec，映射全部丢掉，这些事都没有；父进程因此要交给它一个描述符（见 05）。
//
// fork 的进程在 Fork.cs，posix_spawn 的在 Spawn.cs，看管它们的在 Watched.cs。次数是每种情形运行几次，默认 5。
using System.Globalization;
using System.Runtime.CompilerServices;
using Examples;
using static Examples.Observation;
using static Examples.Watched;

internal static unsafe partial class Program
{
    private static int Main(string[] args) => args switch
    {
        [] => Show(5),
        [var times] when int.TryParse(times, NumberStyles.None, null, out int runs) && runs is >= 1 and <= 100 => Show(runs),
        [var role, var token, .. var numbers] when IsHandedOver(token) => Role(role, [.. numbers.Select(int.Parse)]),
        _ => Usage(),
    };

    private static int Show(int runs)
    {
        using var cleanup = new Cleanup(Abandon);
        ShowFork(ShowCodeMemory());

        Console.Error.WriteLine($"以下 5 种情形，每种启动 {runs} 个进程；fork 的 1 秒没有进展算挂住，整组终止。按 Ctrl+C 放弃。");
        Report("F2", Forks(20, "子进程的方法在 fork 之后才编译"), Tally(runs, "fork", 20, Cold));

        using (new Variable("DOTNET_EnableWriteXorExecute", "0"))
        {
            Report("F2", Forks(20, "同上，但 DOTNET_EnableWriteXorExecute=0，不做双重映射"), Tally(runs, "fork", 20, Cold));
        }

        Report("F2", Forks(20, "fork 之后用到的方法全部预先编译"), Tally(runs, "fork", 20, Compiled));
        Report("F2", Forks(50, "全部预先编译，4 个线程不停分配、回收"), Tally(runs, "fork", 50, Compiled | Garbage));

        string spawned = Tally(runs, "spawn", 1, Garbage);
        string well = $"正常 {runs}，挂住 0，父进程死 0，子进程死 0";
        Observe("F1", "posix_spawn，每个进程 1 次，什么也不预先编译，4 个线程不停分配", well, spawned, spawned.StartsWith(well, StringComparison.Ordinal));
        return ExitCode;

        static string Forks(int times, string how) => $"fork，每个进程至多 {times} 次，{how}";
    }

    // 不用听说：看 Main 的入口落在哪个映射里。
    private static bool ShowCodeMemory()
    {
        string code = Proc.Mapping((delegate*<string[], int>)&Main) ?? "";
        string[] mappings = CodeMemory.Mappings();
        bool shared = mappings.Length > 0;
        string none = RuntimeFeature.IsDynamicCodeSupported ? "双重映射没有启用（DOTNET_EnableWriteXorExecute=0）" : "NativeAOT 没有即时编译";
        if (!shared) Report("F2", "/proc/self/maps：Main 的机器码所在的映射", $"{CodeMemory.Brief(code)}，不是共享的 memfd：{none}");
        if (!shared) return false;

        int writable = mappings.Count(line => line.Contains(" rw-s "));
        Observe("F2", "/proc/self/maps：Main 的机器码入口所在的映射（s 就是 MAP_SHARED）", "r-xs /memfd:doublemapper (deleted)", CodeMemory.Brief(code));
        Observe("F2", "/proc/self/maps：同一个 memfd 的可写映射 rw-s", "有", $"{writable} 处，其中 {CodeMemory.MappedTwice(mappings)} 处与 r-xs 是同一段", writable > 0);
        return true;
    }

    private static void ShowFork(bool shared)
    {
        int[] values = [.. Enumerable.Range(0, 3).Select(_ => Random.Shared.Next(1, int.MaxValue))];

        // 安静的进程，全部预先编译，没有分层编译的后台线程：fork 一般是顺利的。偶尔不顺就再来一次。
        using var quiet = new Variable("DOTNET_TieredCompilation", "0");
        (Ending ending, string how, List<int> seen) = Run("exchange", values, shared ? 5 : 3);
        for (int i = 1; i < 5 && ending != Ending.Well; i++) (ending, how, seen) = Run("exchange", values, shared ? 5 : 3);
        if (ending != Ending.Well) Report("F1", "fork 的父子进程交换三个值", $"5 次都不顺利，最后一次 {ending}（{how}）");
        if (ending != Ending.Well) return;

        Observe("F1", "fork，子进程在 fork 之前建的映射里读到", values[0], seen[0]);
        Observe("F2", "fork，子进程读到父进程 fork 之后存的值", values[1], seen[1]);
        Observe("F2", "fork，父进程读到子进程存的值", values[2], seen[2]);
        if (shared) Observe("F2", "fork，子进程只运行编译好的方法，父进程的代码内存变了的字节数", 0, seen[3]);
        if (shared) Observe("F2", "fork，子进程编译一个方法，父进程的代码内存变了的字节数", "大于 0", $"{seen[4]}", seen[4] > 0);
    }
}
