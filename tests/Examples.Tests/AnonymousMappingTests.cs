using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;

namespace Examples.Tests;

/// <summary>05 匿名映射：亲缘进程交换一个 int。</summary>
public sealed class AnonymousMappingTests
{
    private const string Project = "05-AnonymousMapping";
    private const string Exchange = "child:set memory 1\nparent:memory value 1\n";

    [Fact]
    [Trait("Statement", "F2")]
    [Trait("Statement", "F4")]
    public async Task The_child_sets_1_and_the_parent_reads_1()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldSucceed().Output.ShouldBe(Exchange);
        run.Complaints.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "F1")]
    public async Task Each_of_the_two_says_on_stderr_who_it_is_and_where_it_maps_the_memory()
    {
        Finished run = await Suite.Run(Project);

        Match child = Regex.Match(run.Error, "^子进程 ([0-9]+)：映射在 0x[0-9a-f]+$", RegexOptions.Multiline);
        child.Success.ShouldBeTrue(run.Error);
        child.Groups[1].Value.ShouldNotBe($"{run.Pid}");
        run.Error.ShouldMatch($"(?m)^父进程 {run.Pid}：映射在 0x[0-9a-f]+$");
    }

    [Fact]
    public async Task The_parent_reports_a_child_that_is_killed()
    {
        using var pipe = new FullPipe();
        await using Running parent = pipe.Start(Project);
        await Eventually.True(() => parent.Children.Length == 1, "子进程");

        Libc.kill(parent.Children.Single(), Libc.SIGKILL).ShouldBe(0);

        (await parent.Finish()).ShouldFailWith("waitpid(", "SIGKILL");
    }

    [Fact]
    public async Task The_parent_reports_a_child_that_fails()
    {
        // /dev/full：子进程打印时得到 ENOSPC，以退出码 1 结束。
        Finished run = await Suite.External("/bin/sh", "-c", "exec \"$1\" > /dev/full", "sh", Suite.Executable(Project)).Finish();

        run.ShouldFailWith("No space left on device");
    }

    [Fact]
    [Trait("Statement", "F3")]
    public async Task The_child_maps_the_nameless_memory_and_gets_the_environment_but_no_other_descriptor()
    {
        using var pipe = new FullPipe();
        using var temp = new TempFolder();
        string open = temp["open"], mark = $"EXAMPLES_MARK={Guid.NewGuid()}";
        File.WriteAllText(open, "");

        // 父进程带着打开的 9 号描述符启动，它没有 O_CLOEXEC，也不该到子进程手里。
        await using Running parent = pipe.StartFile(
            "/bin/sh", "-c", "exec 9< \"$1\"; export \"$2\"; exec \"$3\"", "sh", open, mark, Suite.Executable(Project));
        await Eventually.True(() => parent.Children.Any(child => Read(child, "maps").Contains("/memfd:anonymous (deleted)")), "子进程的映射");
        int child = parent.Children.Single();

        Read(child, "maps").Split('\n').ShouldContain(line => line.Contains(" rw-s ") && line.EndsWith("/memfd:anonymous (deleted)", StringComparison.Ordinal));
        Read(child, "environ").Split('\0').ShouldContain(mark);
        Descriptors(parent.Pid).ShouldContain(open);
        Descriptors(child).ShouldNotContain(open);

        Libc.kill(child, Libc.SIGKILL).ShouldBe(0);
        await parent.Finish();
    }

    private static string Read(int pid, string file) => File.ReadAllText($"/proc/{pid}/{file}");

    private static string?[] Descriptors(int pid) =>
        [.. Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(fd => new FileInfo(fd).LinkTarget)];
}
