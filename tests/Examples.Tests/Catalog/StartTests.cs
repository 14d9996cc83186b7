using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>三种启动程序的办法；dotnet exec 对每个示例都试，见 <see cref="Twice"/>。</summary>
public sealed class StartTests
{
    // 启动自己的子进程要用同一种办法，所以挑一个有子进程的。
    private const string Project = "05-AnonymousMapping";

    private static string Dll => Suite.Executable(Project) + ".dll";

    public static TheoryData<string, string[]> Ways => new()
    {
        { "可执行文件", [Suite.Executable(Project)] },
        { "dotnet X.dll", ["dotnet", Dll] },
        { "dotnet exec 选项 X.dll", ["dotnet", "exec", "--roll-forward", "Minor", Dll] },
        { "dotnet run", ["dotnet", "run", "--no-build", "-c", new DirectoryInfo(Suite.OutputFolder(Project)).Parent!.Name, "--project", Path.Combine(Suite.Root, "examples", Project)] },
    };

    [Theory]
    [MemberData(nameof(Ways), DisableDiscoveryEnumeration = true)]
    public async Task It_also_works_started_by(string way, string[] line)
    {
        Finished run = await Suite.External(line[0], line[1..]).Finish();

        run.ShouldSucceed().Output.ShouldBe("child:set memory 1\nparent:memory value 1\n", way);
    }
}
