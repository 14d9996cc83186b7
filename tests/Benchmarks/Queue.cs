using System.Globalization;

namespace Benchmarks;

/// <summary>队列的一种做法，每种大小的一轮轮的数值。</summary>
/// <param name="Name">做法。</param>
/// <param name="Rates">各种大小每秒多少百万条，各轮；没有量的为空。</param>
/// <param name="Trip">8 字节一来一回，两方都醒着，纳秒，各轮。</param>
/// <param name="Asleep">对方睡着，从送出到它收到，微秒，各轮。</param>
internal sealed record QueueRow(string Name, double[][] Rates, double[] Trip, double[] Asleep);

/// <summary>量队列的全部。</summary>
/// <param name="Rows">各种做法。</param>
/// <param name="Ratios">C# 与 C 的比值。</param>
/// <param name="Others">C# 的 19 与别的做法的比值：<see cref="Measure.CSharp"/> 是 19，<see cref="Measure.C"/> 是别的做法。</param>
/// <param name="IdleMicroseconds">空着等一秒，C#、C 的接收方各用了多少 CPU 时间。</param>
internal sealed record QueueResults(QueueRow[] Rows, Measure[] Ratios, Measure[] Others, (double CSharp, double C) IdleMicroseconds)
{
    /// <summary>有一项没有达到目标。</summary>
    public bool HasMissed => Ratios.Concat(Others).Any(measure => measure.Met == false);
}

/// <summary>两个进程各用一个核，经过队列送消息：19、C 的 19、10 的办法、管道、套接字、.NET 的命名管道、TCP。</summary>
internal static class Queue
{
    public static readonly int[] Sizes = [8, 64, 512, 4096];

    private const int Few = 1000;

    private static readonly (string Name, bool IsC, string Way, int Batch)[] Ways =
    [
        ("19，C#，一批 64 条", false, "ring", 64),
        ("19，C，一批 64 条", true, "ring", 64),
        ("19，C#，一条一条", false, "ring", 1),
        ("19，C，一条一条", true, "ring", 1),
        ("同上，C#，各个数挤在一条缓存行", false, "crowded", 1),
        ("10 的办法，一条消息一个信号量", false, "sem", 1),
        ("管道", false, "pipe", 1),
        ("管道，一批 64 条", false, "pipe", 64),
        ("Unix 域套接字", false, "unix", 1),
        (".NET 的命名管道", false, "named", 1),
        ("TCP，127.0.0.1", false, "tcp", 1),
    ];

    /// <summary>全部；只有一个核时是 null：两方轮流用一个核，量的就不是队列。</summary>
    /// <param name="rounds">多少轮。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static QueueResults? Run(int rounds, Action<string> progress)
    {
        if (Cpu.All.Length < 2) return null;
        using var arena = new Arena(QueueWorker.Bytes);
        using Side csharp = Side.QueueInCSharp(arena), c = Side.QueueInC(arena);
        string cores = string.Create(CultureInfo.InvariantCulture, $"{Cpu.All[0]} {Cpu.All[^1]}");

        double[][][] rates = [.. Ways.Select(_ => Sizes.Select(_ => new double[rounds]).ToArray())];
        double[][] trips = [.. Ways.Select(_ => new double[rounds])], asleep = [.. Ways.Select(_ => new double[rounds])];
        double[] spin = new double[rounds];
        long[,] counts = new long[Ways.Length, Sizes.Length];
        for (int round = -1; round < rounds; round++)
        {
            progress(string.Create(CultureInfo.InvariantCulture, $"队列，第 {round + 1} 轮"));
            for (int size = 0; size < Sizes.Length; size++)
            {
                foreach (int way in InTurn(round)) Stream(round, way, size);
            }

            double raw = Ask(csharp, "trip", "spin", 8, Few, 1) / Few;
            if (round >= 0) spin[round] = raw;
            foreach (int way in InTurn(round))
            {
                (_, bool isC, string name, int batch) = Ways[way];
                if (batch > 1) continue;
                double trip = Ask(isC ? c : csharp, "trip", name, 8, Few, 1) / Few, wake = Ask(isC ? c : csharp, "asleep", name, 8, 15, 1) / 1000;
                if (round >= 0) (trips[way][round], asleep[way][round]) = (trip, wake);
            }
        }

        progress("队列，空着等一秒");
        var idle = (Ask(csharp, "idle", "ring", 8, 1, 1) / 1000, Ask(c, "idle", "ring", 8, 1, 1) / 1000);
        QueueRow[] rows =
        [
            .. Ways.Select((way, i) => new QueueRow(way.Name, rates[i], way.Batch == 1 ? trips[i] : [], way.Batch == 1 ? asleep[i] : [])),
            new("空转着等一个 int，没有内容", [.. Sizes.Select(_ => Array.Empty<double>())], spin, []),
        ];

        // 每轮里最快的管道或套接字；它们一条一条地送，每送一条进一次内核。
        double[] wires = [.. spin.Select((_, round) => 1000 / Ways.Index().Where(way => way.Item.Way is "pipe" or "unix" or "named" or "tcp" && way.Item.Batch == 1).Max(way => rates[way.Index][0][round]))];
        double[] batched = [.. rates[0][0].Select(rate => 1000 / rate)];
        Measure[] others =
        [
            new("8 B 一批 64 条，对照：每秒 2000 万条", "ns", batched, [.. batched.Select(_ => 50.0)], 1),
            new("8 B 一批 64 条，对照：管道和套接字里一条一条送得最快的", "ns", batched, wires, 1 / 20.0),
            new("8 B 一来一回，都醒着，对照：空转着等一个 int", "ns", trips[2], spin, 3),
            new("8 B 叫醒睡着的对方，对照：信号量", "µs", asleep[2], asleep[5], 1.1),
            new("空着等一秒用的 CPU 时间，对照：这一秒", "µs", [idle.Item1], [1_000_000], 0.001),
        ];
        return new QueueResults(rows, [.. Sizes.Select((size, i) => Against(size, i)), new("19 一来一回，都醒着", "ns", trips[2], trips[3], 1.10)], others, idle);

        // 隔一轮倒过来：C# 与 C 用同样的页，后测的一方得到热的缓存。
        static IEnumerable<int> InTurn(int round) => round % 2 == 1 ? Enumerable.Range(0, Ways.Length).Reverse() : Enumerable.Range(0, Ways.Length);

        // 一轮两毫秒左右：轮短，别的程序插进来只坏掉几轮；也不能再短，等对方回话的几十微秒也算在里面。次数由第一遍三次里最快的定，
        // C# 与 C 用同样的次数。收到的编号加起来要对。
        void Stream(int round, int way, int size)
        {
            (_, bool isC, string name, int batch) = Ways[way];
            ref long count = ref counts[way, size];
            Side side = isC ? c : csharp;
            if (round < 0)
            {
                double fastest = Enumerable.Range(0, 3).Min(_ => Ask(side, "stream", name, Sizes[size], 5 * Few, batch));
                count = isC ? counts[way - 1, size] : Math.Clamp((long)(5 * Few * 2e6 / fastest), Few, 500 * Few);
                return;
            }

            // 先送四分之一：前一项留下的缓存是冷的，热了才计时。
            Ask(side, "stream", name, Sizes[size], (count / 4) + 1, batch);
            rates[way][size][round] = count / Ask(side, "stream", name, Sizes[size], count, batch) * 1000;
        }

        double Ask(Side side, string what, string way, int size, long count, int batch)
        {
            (ulong seen, double ns) = side.Ask(string.Create(CultureInfo.InvariantCulture, $"{what} {way} {size} {count} {batch} {cores}"));
            if (what == "stream" && seen != (ulong)(count * (count + 1) / 2)) throw new InvalidOperationException($"{way}：收到的不是送出的，量到的不算数。");
            return ns;
        }

        // 每秒几条的比值，换成每条用时的比值：至多 1/0.95。
        Measure Against(int size, int i) => new(string.Create(CultureInfo.InvariantCulture, $"19 送 {Tables.Size(size)} 的消息，一批 64 条"), "ns", [.. rates[0][i].Select(r => 1000 / r)], [.. rates[1][i].Select(r => 1000 / r)], 1 / 0.95);
    }
}
