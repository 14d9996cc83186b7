// C# 为什么不 fork。对应文章「通过匿名内存映射提供亲缘进程间的通信」，用文章自己的道理解释。
//
//     dotnet run --project examples/11-WhyNotFork -- [次数]
//
// 文章说：fork 之前创建的 MAP_SHARED 映射，子进程也有（F1），一方写入的值另一方看得到（F2）。两句都对，而 .NET
// 存放机器码的内存恰好也是这样的映射。fork 之后，子进程编译它的第一个方法，写进的是父进程的代码内存：子进程好好地
// 结束，死的是父进程。全部预先编译能避免这件事，避免不了的是线程：子进程里只有调用 fork 的那一个，垃圾回收正做到一半
// 的话，子进程永远等不到它做完。posix_spawn 马上 exec，映射全部丢掉；父进程因此要交给它一个描述符（见 05）。
// 会 fork 的代码在 Fork.cs，不在本进程里运行：另外启动一个进程，看它怎样结束。次数是每种情形启动几个，默认 5。
using System.Globalization;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe partial class Program
{
    private const string Well = "退出码 0", Stuck = "没有进展", DoubleMapper = "/memfd:doublemapper (deleted)";
    private const int ReportFd = 3, ChildDied = 3, Patience = 2000;
    private static int s_pid;

    private static int Main(string[] args) => args switch
    {
        [] => Show(5),
        [var n] when int.TryParse(n, NumberStyles.None, null, out int runs) && runs is >= 1 and <= 100 => Show(runs),
        ["fork", var how, var value] when was_spawned => ForkAgain(how, int.Parse(value, null)),
        ["child"] when was_spawned => 0,
        _ => errx(2, "用法：WhyNotFork [次数]（每种情形启动几个进程，1 到 100，默认 5；其余的角色由它自己启动）"),
    };

    private static int Show(int runs)
    {
        Undo.Add(() => { if (s_pid != 0) kill(-s_pid, SIGKILL); });

        // 会崩溃的进程：不要转储和诊断端口；也没有分层编译的后台线程，编译的只有它自己。
        foreach (string name in (string[])["DbgEnableMiniDump", "EnableDiagnostics", "TieredCompilation"])
            Environment.SetEnvironmentVariable("DOTNET_" + name, "0");

        ShowCodeMemory();
        Console.Error.WriteLine($"以下各启动 {runs} 个进程，{Patience / 1000} 秒没有进展的就终止。按 Ctrl+C 放弃。");
        Console.WriteLine($"  {Pad("每个父进程 fork 50 次，有几个这样结束", 48)}正常  父进程死  子进程死  没有进展");
        int value = Random.Shared.Next(1, int.MaxValue);
        Tally(runs, "子进程的方法在 fork 之后才编译", "cold", value);
        string? before = Environment.GetEnvironmentVariable("DOTNET_EnableWriteXorExecute");
        Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", "0");
        Tally(runs, "同上，EnableWriteXorExecute=0，没有双重映射", "cold", value);
        Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", before);
        List<int> answers = Tally(runs, "fork 之后用到的方法全部预先编译", "compiled", value);
        Tally(runs, "同上，4 个线程不停地分配、回收", "garbage", value);
        Observe("F2", "上面的 fork 只报告，不判断：换一台机器，换一个时候，数目都会不同");

        // 顺利的时候，文章的两句话都对；一次也不顺利，就没有报告。
        string seen = answers.Count == 0 ? "" : Is(string.Join('、', answers.Distinct()), $"{~value}");
        Observe("F1", seen == "" ? "fork 的子进程一次也没有答复，没能观察" :
            $"fork 之前写入 {value}，子进程的映射里也有；它写回取反的值，父进程读到 {seen}");
        StartGarbage();
        int well = Enumerable.Range(0, runs).Count(_ => ChildProcess.Run(["child"]) == Well);
        Observe("F1", $"posix_spawn：本进程也有 4 个这样的线程，启动 {runs} 个子进程，{Is(well, runs)} 个正常结束");
        return ExitCode;
    }

    // 两处映射通向同一段内存：一处给 CPU 取指令，一处给即时编译器写入。
    private static void ShowCodeMemory()
    {
        CodeMapping main = CodeMapping.Of(Proc.Mapping((delegate*<string[], int>)&Main)!);
        var lines = File.ReadLines("/proc/self/maps").Select(CodeMapping.Of);
        CodeMapping[] all = [.. lines.Where(mapping => mapping.Name == DoubleMapper)];
        if (all.Length == 0) Observe("F2", $"Main 的机器码在 {main.Permission} {main.Name} 的映射里，没有双重映射");
        if (all.Length == 0) return;

        string[] pairs = [.. from code in all from data in all where code.Permission == "r-xs" && data.IsWritable(code)
            select $"  {code.Line}\n  {data.Line}"];
        Console.WriteLine(pairs.FirstOrDefault("  （没有）"));
        string twice = Is(pairs.Length, "不止 0", pairs.Length > 0);
        Observe("F2", $"上面是同一段内存：一处可执行，一处可写，s 就是 MAP_SHARED；这样的有 {twice} 对");
        Observe("F2", $"Main 的机器码也在 {Is($"{main.Permission} {main.Name}", $"r-xs {DoubleMapper}")} 的映射里");
    }

    // 一种情形启动几个进程，数出各种结局，打印表格的一行；返回各进程报告的数。
    private static List<int> Tally(int runs, string what, string how, int value)
    {
        List<int> reports = [];
        string[] endings = [.. Enumerable.Range(0, runs).Select(_ => Watch(how, value, reports))];
        int well = endings.Count(e => e == Well), stuck = endings.Count(e => e == Stuck);
        int child = endings.Count(e => e == $"退出码 {ChildDied}"), parent = runs - well - stuck - child;
        Console.WriteLine($"  {Pad(what, 48)}{well,4}{parent,10}{child,10}{stuck,10}");
        return reports;
    }

    // 启动一个会 fork 的进程，看到它结束，或者没有进展了。
    private static string Watch(string how, int value, List<int> reports)
    {
        int* pipe = stackalloc int[2];
        Must(pipe2(pipe, O_CLOEXEC));
        s_pid = ChildProcess.Start(["fork", how, $"{value}"], (pipe[1], ReportFd));
        Must(close(pipe[1]));

        // 第一个报告是准备好了：启动得慢不算没有进展。组里的进程都不在了，才读到管道的结尾。
        var waiting = new pollfd_t { fd = pipe[0], events = POLLIN };
        int ready, report = 0, count = 0;
        while ((ready = Must(poll(&waiting, 1, count == 0 ? -1 : Patience), null, (EINTR, Allowed))) != 0)
        {
            if (ready == 1 && Must(read(pipe[0], &report, sizeof(int))) == 0) break;
            if (ready == 1 && count++ > 0) reports.Add(report);
        }

        // 终止整组；已经结束的不受影响，状态里是它自己的死因。
        Must(close(pipe[0]));
        kill(-s_pid, SIGKILL);
        string ending = ChildProcess.Wait(s_pid);
        s_pid = 0;
        if (count == 0) errx(1, $"会 fork 的进程没有准备好就结束了（{ending}）。");
        return ready == 0 ? Stuck : ending;
    }
}

// /proc/self/maps 的一行：起点-终点 权限 偏移 设备 inode 名字，数都是十六进制。
internal sealed record CodeMapping(string Line, string Permission, long Offset, long Length, string Name)
{
    public static CodeMapping Of(string line)
    {
        string[] f = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        long[] at = [.. f[0].Split('-').Append(f[2]).Select(hex => long.Parse(hex, NumberStyles.HexNumber, null))];
        return new(string.Join(' ', f), f[1], at[2], at[1] - at[0], f.ElementAtOrDefault(5) ?? "没有名字");
    }

    // 可写，而且与 code 通向同一段内存。
    public bool IsWritable(CodeMapping code) =>
        Permission == "rw-s" && Offset < code.Offset + code.Length && code.Offset < Offset + Length;
}
