using System.Globalization;

namespace Benchmarks;

/// <summary>C# 与 C 各有一个进程等命令，两边轮流做同样的事。</summary>
internal static class Ratios
{
    public const string FillName = "填满 256 MiB 的映射", SumName = "对 256 MiB 的映射算校验和";

    /// <summary>全部比较。</summary>
    /// <param name="rounds">各做多少轮。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static (Measure[] Ratios, Measure[] Plain) Run(int rounds, Action<string> progress)
    {
        using var arena = new Arena(Worker.Bulk);
        using Side csharp = Side.CSharp(arena), c = Side.C(arena);
        string one = string.Create(CultureInfo.InvariantCulture, $"{Cpu.All[0]} {Cpu.All[0]}"), two = string.Create(CultureInfo.InvariantCulture, $"{Cpu.All[0]} {Cpu.All[^1]}");
        bool apart = Cpu.All.Length > 1;

        var ratios = new List<Measure>
        {
            Loop("信号量一来一回，两个进程轮流用一个核", $"sem {one}", 1.05),
        };
        if (apart) ratios.Add(Loop("信号量一来一回，两个进程各用一个核", $"sem {two}", 1.05));
        if (apart) ratios.Add(Loop("空转着等一个 int 一来一回，各用一个核", $"spin {two}", 1.10, nanoseconds: 1e6));
        ratios.Add(Bulk(FillName, "fill", 1.05));
        ratios.Add(Bulk(SumName, "sum", 1.05));
        ratios.Add(Loop("一次调用：getpagesize，不进内核，不取 errno", $"page {one}", null));
        ratios.Add(Loop("一次调用：同上，但声明成 SetLastError = true", $"page-errno {one}", null, $"page {one}"));
        ratios.Add(Loop("一次调用：同上，但声明成 SuppressGCTransition", $"page-nogc {one}", null, $"page {one}"));
        ratios.Add(Loop("两次调用：sem_post 加 sem_trywait，没有人在等", $"post {one}", null));

        return ([.. ratios], [Plain("填满映射（C#）；memset 写满普通内存（C）", "fill", "memset"), Plain("对映射算校验和（C#）；普通内存只读一遍（C）", "sum", "read")]);

        // 次数按 C 的快慢定，一轮几毫秒：轮短而多，别的程序插进来只坏掉几轮，中位数不动。空转最怕插进来，轮更短。
        Measure Loop(string name, string command, double? target, string? cCommand = null, double nanoseconds = 5e6)
        {
            cCommand ??= command;
            progress(name);
            int n = 1000;
            for (double ns = 0; ns < nanoseconds; n *= 2) ns = c.Ask($"{cCommand} {n} 0").Nanoseconds;

            // C# 的一方先做几遍：分层编译在后台换上优化过的代码，要一百多毫秒。
            for (int i = 0; i < 15; i++) csharp.Ask($"{command} {n} 0");
            (double[] a, double[] b) = Interleave(rounds, () => csharp.Ask($"{command} {n} 0").Nanoseconds / n, () => c.Ask($"{cCommand} {n} 0").Nanoseconds / n);
            return new Measure(name, "ns", a, b, target);
        }

        Measure Bulk(string name, string command, double? target)
        {
            progress(name);
            ulong seed = 0, last = 0;
            (double[] a, double[] b) = Interleave(rounds, () => Throughput(csharp, ++seed), () => Throughput(c, ++seed));
            return new Measure(name, "ms", a, b, target);

            double Throughput(Side side, ulong round)
            {
                (ulong seen, double ns) = side.Ask($"{command} {one} 0 {round}");

                // 同一块内存，两种语言算出的校验和必须相同：证明真的读完了每一个字节，算法也一样。
                if (command == "sum" && last != 0 && seen != last) throw new InvalidOperationException($"校验和不同：{seen} 与 {last}");
                last = seen;
                return ns / 1e6;
            }
        }

        // C# 碰映射，C 碰同样大小的普通内存，轮流做。
        Measure Plain(string name, string mapped, string plain)
        {
            progress(name);
            (double[] a, double[] b) = Interleave(rounds, () => csharp.Ask($"{mapped} {one} 0 1").Nanoseconds / 1e6, () => c.Ask($"{plain} {one} 0 1").Nanoseconds / 1e6);
            return new Measure(name, "ms", a, b);
        }
    }

    /// <summary>轮流做，先后也轮流：C#、C、C、C#……第一轮热身，不算。</summary>
    public static (double[] A, double[] B) Interleave(int rounds, Func<double> a, Func<double> b)
    {
        var (aValues, bValues) = (new List<double>(), new List<double>());
        for (int round = 0; round <= rounds; round++)
        {
            if (round % 2 == 0) aValues.Add(a());
            bValues.Add(b());
            if (round % 2 == 1) aValues.Add(a());
        }

        return ([.. aValues.Skip(1)], [.. bValues.Skip(1)]);
    }
}
