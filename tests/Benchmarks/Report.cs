using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Spectre.Console;

namespace Benchmarks;

/// <summary>把结果打印到终端；或写进 tutorial/performance.md 里两个注释之间的一段，连同 tutorial/figures 里的图。</summary>
internal static partial class Report
{
    private const string Begin = "<!-- 实测开始：由 tests/Benchmarks -- --write 写出 -->", End = "<!-- 实测结束 -->";

    public static void Print(Results results)
    {
        Print(Tables.Of(results));
    }

    /// <summary>只量队列，打印它的两张表。</summary>
    /// <returns>退出码。</returns>
    public static int PrintQueue()
    {
        string? why = Native.Compile();
        QueueResults? queue = why != null ? null : Queue.Run(15, what => Console.Error.WriteLine($"正在量：{what}……"));
        if (queue == null)
        {
            Console.Error.WriteLine(why ?? "只有一个核，量不了队列。");
            return 1;
        }

        Print([Tables.OfQueue(queue), Tables.OfRatios(queue.Ratios), Tables.OfOthers(queue)]);
        return queue.HasMissed ? 1 : 0;
    }

    private static void Print(Tables[] tables)
    {
        Console.WriteLine(Machine());
        foreach (Tables table in tables)
        {
            var grid = new Table { Title = new TableTitle(Markup.Escape(table.Title)), Border = TableBorder.Rounded };
            foreach (string column in table.Header) grid.AddColumn(new TableColumn(Markup.Escape(column)));
            foreach (string[] row in table.Rows) grid.AddRow(row.Select(Markup.Escape).ToArray());
            AnsiConsole.Write(grid);
        }
    }

    public static void Write(Results results)
    {
        string page = Path.Combine(Native.Root, "tutorial/performance.md"), text = File.ReadAllText(page);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin) throw new InvalidOperationException($"{page} 里没有这两行：{Begin} {End}");
        File.WriteAllText(page, text[..begin] + Markdown(results) + text[end..]);
        Figures.Save(results, Path.Combine(Native.Root, "tutorial/figures"));
    }

    private static string Markdown(Results results)
    {
        var md = new StringBuilder($"\n\n实测：{Machine()}\n");
        foreach (Tables table in Tables.Of(results))
        {
            md.Append(CultureInfo.InvariantCulture, $"\n### {table.Title}\n\n| {string.Join(" | ", table.Header)} |\n|{string.Concat(Enumerable.Repeat(" --- |", table.Header.Length))}\n");
            foreach (string[] row in table.Rows) md.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |\n");
        }

        return md.Append('\n').ToString();
    }

    // 在什么机器上、什么时候量的。
    private static string Machine()
    {
        string cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? $"{RuntimeInformation.ProcessArchitecture}";
        string kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('-')[0], load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return string.Create(CultureInfo.InvariantCulture, $"{cpu}，{Cpu.All.Length} 核，{RuntimeInformation.ProcessArchitecture}；Linux {kernel}，glibc {Marshal.PtrToStringUTF8(gnu_get_libc_version())}，.NET {Environment.Version}；{DateTime.UtcNow:yyyy-MM-dd}，量完时一分钟的平均负载 {load}。");
    }

    [LibraryImport("libc")]
    private static partial nint gnu_get_libc_version();
}
