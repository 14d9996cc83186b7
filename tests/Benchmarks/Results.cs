namespace Benchmarks;

/// <summary>一次运行量到的全部。</summary>
internal sealed record Results(Measure[] Ratios, Measure[] Plain, Measure[] Pairs, Value[] Startup, (int Pairs, Measure Measure)[] Growth, Cell[] Messages, QueueResults? Queue)
{
    /// <summary>每一项都量，各量几轮。</summary>
    /// <param name="quick">粗略地量一遍。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static Results Run(bool quick, Action<string> progress)
    {
        (Measure[] ratios, Measure[] plain) = Benchmarks.Ratios.Run(quick ? 31 : 101, progress);
        QueueResults? queue = Benchmarks.Queue.Run(quick ? 5 : 31, progress);
        return new Results(
            [.. ratios, .. queue?.Ratios ?? []], plain,
            Whole.Pairs(quick ? 5 : 31, progress), Whole.Startup(quick ? 1 : 7, progress),
            Benchmarks.Growth.Run(quick ? 7 : 31, progress), Benchmarks.Messages.Run(quick ? 2 : 7, quick ? 15 : 60, progress), queue);
    }
}
