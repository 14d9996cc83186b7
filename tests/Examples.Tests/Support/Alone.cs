namespace Examples.Tests.Support;

/// <summary>看全机器的计数，或用默认名字的测试：不与任何别的测试同时运行。</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "单独运行";
}
