namespace Check;

/// <summary>一个练习检查的结果是哪一种；在 JSON 里的写法与意思，见 tutorial/teaching.md。</summary>
internal enum Result { Solved, Wrong, CompileError, Hung, TooMuchOutput, TooManyProcesses, LeftBehind, Missing, Unchecked }

/// <param name="Expected">应当怎样；解出来了是空的。</param>
/// <param name="Seen">看到了什么；解出来了，是这台机器上看不出来的，通常是空的。</param>
internal sealed record Verdict(Result Result, string Expected, string Seen, double Seconds = 0);

internal sealed class Rejected(string expected, string seen, Result result = Result.Wrong) : Exception
{
    public Verdict Verdict => new(result, expected, seen);
}
