using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>05 匿名映射：父子进程交换一个 int。</summary>
public sealed class AnonymousMappingTests
{
    private const string Project = "05-AnonymousMapping";

    [Fact]
    [Trait("Statement", "F4")]
    public async Task The_child_sets_1_and_the_parent_reads_1()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldSucceed().Output.ShouldBe("child:set memory 1\nparent:memory value 1\n");
        run.Error.ShouldBeEmpty();
    }
}
