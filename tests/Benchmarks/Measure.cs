namespace Benchmarks;

/// <summary>一项比较：同样的工作，C# 与 C 轮流做，各做许多轮。</summary>
/// <param name="Name">量的是什么。</param>
/// <param name="Unit">数值的单位。</param>
/// <param name="CSharp">C# 各轮的数值。</param>
/// <param name="C">C 各轮的数值，与 C# 的一一相邻。</param>
/// <param name="Target">比值至多多少；null 是只报告。</param>
internal sealed record Measure(string Name, string Unit, double[] CSharp, double[] C, double? Target = null)
{
    /// <summary>各轮比值的中位数：一轮里的两边紧挨着做，机器一时快一时慢，两边都碰上。</summary>
    public double Ratio => Statistics.Median(Rounds);

    /// <summary>各轮比值的四分位区间。</summary>
    public (double Low, double High) Spread => Statistics.Quartiles(Rounds);

    private double[] Rounds => [.. CSharp.Zip(C, (a, b) => a / b)];

    /// <summary>达到目标；没有目标为 null。</summary>
    public bool? Met => Target is { } target ? Ratio <= target : null;
}

/// <summary>一项数值，没有可比的另一方。</summary>
/// <param name="Name">量的是什么。</param>
/// <param name="Unit">单位。</param>
/// <param name="Values">各轮的数值。</param>
internal sealed record Value(string Name, string Unit, double[] Values)
{
    public double Median => Statistics.Median(Values);

    public (double Low, double High) Spread => Statistics.Quartiles(Values);
}

internal static class Statistics
{
    public static double Median(double[] values) => Quantile(values, 0.5);

    public static (double Low, double High) Quartiles(double[] values) => (Quantile(values, 0.25), Quantile(values, 0.75));

    private static double Quantile(double[] values, double q)
    {
        double[] sorted = [.. values.Order()];
        double at = q * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
