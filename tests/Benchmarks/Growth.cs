using System.Globalization;

namespace Benchmarks;

/// <summary>几对进程同时用信号量一来一回，每对的一个来回要多久。</summary>
internal static class Growth
{
    public static readonly int[] Pairs = [1, 2, 4, 8, 16];

    /// <summary>各种对数。</summary>
    /// <param name="rounds">多少轮。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static (int Pairs, Measure Measure)[] Run(int rounds, Action<string> progress)
    {
        int most = Pairs[^1];
        Arena[] arenas = [.. Enumerable.Range(0, most).Select(_ => new Arena(Environment.SystemPageSize))];
        Side[] csharp = [.. arenas.Select(Side.CSharp)], c = [.. arenas.Select(Side.C)];
        try
        {
            // 每个 C# 进程各自要热身：调用的次数够了，还要再等一百毫秒，分层编译才换上优化过的代码。
            progress("几对同时，热身");
            for (int i = 0; i < 5; i++) Times(csharp, 2000);
            return [.. Pairs.Select(pairs => (pairs, One(pairs)))];
        }
        finally
        {
            foreach (IDisposable each in (IEnumerable<IDisposable>)[.. csharp, .. c, .. arenas]) each.Dispose();
        }

        Measure One(int pairs)
        {
            progress($"{pairs} 对同时");
            (double[] a, double[] b) = Ratios.Interleave(rounds, () => Together(csharp[..pairs]), () => Together(c[..pairs]));
            return new Measure(string.Create(CultureInfo.InvariantCulture, $"{pairs} 对同时"), "µs", a, b);
        }

        double Together(Side[] sides) => Times(sides, 4000 / sides.Length);

        static double Times(Side[] sides, int n)
        {
            string command = string.Create(CultureInfo.InvariantCulture, $"sem -1 -1 {n} 0");
            foreach (Side side in sides) side.Send(command);
            return Statistics.Median([.. sides.Select(side => side.Receive(command).Nanoseconds / n / 1000)]);
        }
    }
}
