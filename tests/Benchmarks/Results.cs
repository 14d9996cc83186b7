using WhyFast;

namespace Benchmarks;

/// <summary>一次运行量到的全部。</summary>
internal sealed record Results(Measure[] Ratios, Value[] Plain, Measure[] Pairs, Value[] Startup, (int Pairs, Measure Measure)[] Growth, Cell[] Messages)
{
    /// <summary>每一项都量，各量几轮。</summary>
    /// <param name="quick">粗略地量一遍。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static Results Run(bool quick, Action<string> progress)
    {
        (Measure[] ratios, Value[] plain) = Benchmarks.Ratios.Run(quick ? 31 : 101, progress);
        return new Results(
            ratios, plain,
            Whole.Pairs(quick ? 5 : 31, progress), Whole.Startup(quick ? 1 : 7, progress),
            Benchmarks.Growth.Run(quick ? 7 : 31, progress), Benchmarks.Messages.Run(quick ? 2 : 7, quick ? 15 : 60, progress));
    }

    /// <summary>映射里的一遍，相当于普通内存的百分之几：同样的字节数，普通内存用的时间除以映射用的时间。</summary>
    public IEnumerable<(string Name, double Share)> Shares()
    {
        yield return ("填满映射（C#），相当于 memset 写普通内存的", Plain[0].Median / Statistics.Median(Ratios.Single(r => r.Name == Benchmarks.Ratios.FillName).CSharp));
        yield return ("对映射算校验和（C#），相当于顺序读普通内存的", Plain[1].Median / Statistics.Median(Ratios.Single(r => r.Name == Benchmarks.Ratios.SumName).CSharp));
    }
}
