using System.Text.RegularExpressions;
using Examples.Tests.Faults;
using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>参数不对，或手工启动了只给程序自己用的角色：一行用法，退出码 2，什么也不碰。</summary>
public sealed partial class UsageTests
{
    public static TheoryData<string> Projects => [.. Example.Projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Wrong_arguments_are_one_line_of_usage_and_touch_nothing(string project)
    {
        await using Arena arena = await Arena.Open();

        foreach (string[] args in Example.WrongArguments(project)) await IsRefused(arena, project, args);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task A_role_the_usage_does_not_name_is_refused_by_hand_whatever_descriptors_are_open(string project)
    {
        Example.SkipMost(project);
        await using Arena arena = await Arena.Open();
        string usage = (await IsRefused(arena, project, Example.WrongArguments(project)[0])).Error;

        // 角色的名字取自源文件；多认出几个词也不要紧，用法里没有的词都该拒绝。
        string folder = Path.Combine(Suite.Root, "examples", project);
        IEnumerable<string> roles = Directory.GetFiles(folder, "*.cs").SelectMany(file => Role().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct();
        foreach (string role in roles.Where(role => !usage.Contains(role)))
        {
            foreach (string[] rest in (string[][])[[], ["1"], ["/x"], ["1", "2"]]) await IsRefused(arena, project, [role, .. rest]);
        }
    }

    // 3 到 6 号描述符打开着一个文件：没有检查的话，子进程的角色会当它是父进程交来的。
    private static async Task<Finished> IsRefused(Arena arena, string project, string[] args)
    {
        byte[] content = new byte[Random.Shared.Next(50, 100)];
        Random.Shared.NextBytes(content);
        using var temp = new TempFolder();
        await File.WriteAllBytesAsync(temp["open"], content, TestContext.Current.CancellationToken);

        Finished run = await arena.Command("/bin/sh", ["-c", "open=$1; shift; exec \"$@\" 3<>\"$open\" 4<>\"$open\" 5<>\"$open\" 6<>\"$open\"", "sh", temp["open"], Suite.Executable(project), .. args])
            .WithWorkingDirectory(arena.Temp).Finish();

        string line = $"{project} {string.Join(' ', args)}";
        run.ExitCode.ShouldBe(2, $"{line}\n{run.Output}{run.Error}");
        run.ShouldBeWrongUsage();
        (await File.ReadAllBytesAsync(temp["open"], TestContext.Current.CancellationToken)).ShouldBe(content, line);
        arena.Left().ShouldBeEmpty(line);
        Directory.GetFileSystemEntries(arena.Temp).ShouldBeEmpty(line);
        return run;
    }

    [GeneratedRegex("(?:\\[|== ?|case )\"([a-z][a-z-]*)\"")]
    private static partial Regex Role();
}
