using System.Globalization;

namespace Benchmarks;

/// <summary>结果的各张表：标题、表头、各行；终端和 Markdown 用的是同一份。</summary>
/// <param name="Title">标题。</param>
/// <param name="Header">表头。</param>
/// <param name="Rows">各行。</param>
internal sealed record Tables(string Title, string[] Header, string[][] Rows)
{
    private static readonly string[] Ratio = ["量的是什么", "C#", "C", "比值", "各轮比值的四分位区间", "目标"];

    public static Tables[] Of(Results results)
    {
        return
        [
            OfRatios(results.Ratios.Concat(results.Pairs)),
            new("与普通内存比", ["256 MiB", "映射", "普通内存", "相当于普通内存的", "四分位区间"], [.. results.Plain.Select(m => Row(m)[..3].Append(F($"{100 / m.Ratio:F0}%")).Append(F($"{100 / m.Spread.High:F0}%～{100 / m.Spread.Low:F0}%")).ToArray())]),
            new("几对同时", Ratio[..5], [.. results.Growth.Select(g => Row(g.Measure)[..5])]),
            new("消息大小：往返 µs（各次的四分位区间），× 是共享内存的几倍", ["大小", .. results.Messages.Select(cell => cell.Name).Distinct()], [.. results.Messages.GroupBy(cell => cell.Size).Select(same => (string[])[Size(same.Key), .. same.Select(cell => Message(cell, same.First()))])]),
            .. results.Queue is { } queue ? new[] { OfQueue(queue), OfOthers(queue) } : [],
            new("启动", ["怎样启动", "毫秒", "四分位区间"], [.. results.Startup.Select(v => new[] { v.Name, F($"{v.Median:F1}"), F($"{v.Spread.Low:F1}～{v.Spread.High:F1}") })]),
        ];
    }

    // 两列各是每条 8 字节：一来一回的纳秒，和叫醒的微秒。
    public static Tables OfQueue(QueueResults queue) => new(
        F($"队列：每秒百万条；8 字节的一来一回、叫醒。空着等一秒，接收方用的 CPU 时间：C# {queue.IdleMicroseconds.CSharp:F0} µs，C {queue.IdleMicroseconds.C:F0} µs"),
        ["怎样送", .. Queue.Sizes.Select(Size), "一来一回，都醒着", "叫醒睡着的对方"],
        [.. queue.Rows.Select(row => (string[])[row.Name, .. row.Rates.Select(rate => Cell(rate, "")), Cell(row.Trip, " ns"), Cell(row.Asleep, " µs")])]);

    public static Tables OfRatios(IEnumerable<Measure> measures) => new("C# 与 C", Ratio, [.. measures.Select(Row)]);

    public static Tables OfOthers(QueueResults queue) => new("队列与别的做法", ["量的是什么", "19，C#", "对照", .. Ratio[3..]], [.. queue.Others.Select(Row)]);

    private static string Cell(double[] values, string unit) => values.Length == 0 ? "" : Number(Statistics.Median(values)) + unit;

    public static string Size(int bytes) => bytes switch
    {
        >= 1 << 20 => F($"{bytes >> 20} MiB"),
        >= 1 << 10 => F($"{bytes >> 10} KiB"),
        _ => F($"{bytes} B"),
    };

    private static string Message(Cell cell, Cell shared)
    {
        (double low, double high) = Statistics.Quartiles([.. cell.Times]);
        return F($"{cell.Median:F1}（{low:F1}～{high:F1}）") + (cell == shared ? "" : F($"×{cell.Median / shared.Median:F2}"));
    }

    private static string[] Row(Measure m) =>
    [
        m.Name, F($"{Number(Statistics.Median(m.CSharp))} {m.Unit}"), F($"{Number(Statistics.Median(m.C))} {m.Unit}"), F($"{m.Ratio:F3}"), F($"{m.Spread.Low:F3}～{m.Spread.High:F3}"),
        m.Target is { } target ? F($"≤ {(target < 0.01 ? F($"{target:F3}") : F($"{target:F2}"))} {(m.Met == true ? "✓" : "✗")}") : "只报告",
    ];

    private static string Number(double value) => value switch
    {
        >= 100 => F($"{value:F0}"),
        >= 10 => F($"{value:F1}"),
        _ => F($"{value:F2}"),
    };

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
