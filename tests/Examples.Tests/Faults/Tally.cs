namespace Examples.Tests.Faults;

/// <summary>一种杀法的计数。</summary>
/// <param name="victim">杀谁。</param>
internal sealed class Tally(string victim)
{
    private int _before, _within, _after, _late, _halfMade, _whole, _said;

    /// <summary>真的杀了多少次。</summary>
    public int Kills => _before + _within + _after;

    /// <summary>记一次。</summary>
    /// <param name="shot">这一次。</param>
    /// <param name="moment">从留下的东西看，死在做正事之前（-1）、中间（0）还是做完之后（1）。</param>
    public void Count(Shot shot, int moment)
    {
        if (!shot.WasKilled) _late++;
        else if (moment < 0) _before++;
        else if (moment == 0) _within++;
        else _after++;
    }

    /// <summary>杀了之后，不重来就看：读到的是完整的一条。</summary>
    public void SawWhole() => _whole++;

    /// <summary>杀了之后，不重来就看：说清了缺什么。</summary>
    public void SawReason() => _said++;

    /// <summary>glibc 留下的半成品信号量。</summary>
    /// <param name="count">几个。</param>
    public void HalfMade(int count) => _halfMade += count;

    /// <summary>加上另一份。</summary>
    /// <param name="other">另一份。</param>
    public void Add(Tally other)
    {
        _before += other._before;
        _within += other._within;
        _after += other._after;
        _late += other._late;
        _halfMade += other._halfMade;
        _whole += other._whole;
        _said += other._said;
    }

    public override string ToString() =>
        $"{victim}：杀 {Kills} 次（做正事之前 {_before}，中间 {_within}，之后 {_after}；另有 {_late} 次没杀着，它已经结束），"
        + $"重来全部成功；不重来就读：完整的值 {_whole} 次，说清缺什么 {_said} 次；glibc 的 sem.XXXXXX {_halfMade} 个";
}
