namespace Check;

/// <summary>一个练习检查的结果是哪一种。</summary>
internal enum Result
{
    /// <summary>解出来了。</summary>
    Solved,

    /// <summary>运行起来不对。</summary>
    Wrong,

    /// <summary>编译不过。</summary>
    CompileError,

    /// <summary>到时限没有结束，或全部进程都卡住了。</summary>
    Hung,

    /// <summary>打印得太多。</summary>
    TooMuchOutput,

    /// <summary>子进程太多。</summary>
    TooManyProcesses,

    /// <summary>留下了名字、文件或进程。</summary>
    LeftBehind,

    /// <summary>没有这个文件。</summary>
    Missing,

    /// <summary>检查器自己出了错，没有检查成。</summary>
    Unchecked,
}

/// <summary>一个练习的判定。</summary>
/// <param name="Result">哪一种。</param>
/// <param name="Expected">应当怎样；解出来了是空的。</param>
/// <param name="Seen">看到了什么；解出来了，是这台机器上看不出来的，通常是空的。</param>
/// <param name="Seconds">检查用了多久，秒，含编译。</param>
internal sealed record Verdict(Result Result, string Expected, string Seen, double Seconds)
{
    public bool Solved => Result == Result.Solved;
}

/// <summary>检查到这里就有了结论：不通过。</summary>
internal sealed class Rejected(Result result, string expected, string seen) : Exception
{
    public Rejected(string expected, string seen)
        : this(Result.Wrong, expected, seen)
    {
    }

    public Result Result => result;

    public string Expected => expected;

    public string Seen => seen;
}
