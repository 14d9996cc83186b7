namespace Examples.Tests.Support;

/// <summary>久的测试：平常跳过，<c>dotnet test</c> 在两个核的机器上约一分半钟；环境变量 <c>TESTS_LONG=1</c> 时全部运行，.ci/run 就是这样。</summary>
/// <remarks>平常每个示例、每一章、每一种判定都试到；久的是把同一件事对每个示例、每一页、每一种次序再做一遍的。</remarks>
internal static class Long
{
    /// <summary>要不要运行久的测试。</summary>
    public static readonly bool Wanted = Environment.GetEnvironmentVariable("TESTS_LONG") == "1";

    /// <summary>跳过的原因。</summary>
    public const string Why = "久的测试，TESTS_LONG=1 才运行";

    /// <summary>这个测试平常跳过。</summary>
    /// <param name="when">是不是久的那几个；不写就是。</param>
    public static void Only(bool when = true) => Assert.SkipWhen(when && !Wanted, Why);
}
