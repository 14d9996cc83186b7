using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>02 MAP_SHARED 与 MAP_PRIVATE：两个进程，一个文件，两种映射。</summary>
public sealed partial class SharedVsPrivateTests
{
    private const string Project = "02-Mmap/SharedVsPrivate";

    [Fact]
    [Trait("Statement", "C4")]
    public async Task A_shared_store_reaches_the_other_process_and_the_file_in_both_directions()
    {
        Finished run = await Suite.Run(Project);

        (int parents, int[] afterParents) = Row(run.ShouldObserveAsExpected(), "父进程经 MAP_SHARED 写入");
        (int childs, int[] afterChilds) = Row(run, "子进程经 MAP_SHARED 写入");
        (afterParents[0], afterParents[1], afterParents[3]).ShouldBe((parents, parents, parents));
        (afterChilds[0], afterChilds[1], afterChilds[3]).ShouldBe((childs, childs, childs));
        childs.ShouldNotBe(parents);
        run.Holds("C4", "父进程经 MAP_SHARED 写入：").ShouldEndWith($"子进程看到 {parents}，文件变成 {parents}");
        run.Holds("C4", "子进程经 MAP_SHARED 写入：").ShouldEndWith($"父进程看到 {childs}，文件变成 {childs}");
    }

    [Fact]
    [Trait("Statement", "C5")]
    public async Task A_private_store_stays_with_the_process_that_made_it()
    {
        Finished run = await Suite.Run(Project);

        int shared = Row(run.ShouldObserveAsExpected(), "子进程经 MAP_SHARED 写入").Value;
        (int own, int[] after) = Row(run, "父进程经 MAP_PRIVATE 写入");
        after.ShouldBe([shared, shared, own, shared, shared]);
        run.Holds("C5", "父进程经 MAP_PRIVATE 写入").ShouldEndWith($"自己看到 {own}，子进程看到 {shared}、{shared}，文件仍是 {shared}");
        run.Holds("C5", "复制了一页").ShouldEndWith($"从 0 变成 {Environment.SystemPageSize / 1024} KiB");
    }

    [Fact]
    [Trait("Statement", "C5")]
    public async Task What_posix_leaves_open_is_reported_as_linux_does_it()
    {
        Finished run = await Suite.Run(Project);

        int childs = Row(run.ShouldObserveAsExpected(), "子进程经 MAP_SHARED 写入").Value, own = Row(run, "父进程经 MAP_PRIVATE 写入").Value;
        run.Reported("C5", "POSIX 没有规定").ShouldMatch($"看到子进程的 {childs}，写入之后仍是 {own}$");
    }

    [Fact]
    [Trait("Statement", "C4")]
    [Trait("Statement", "C5")]
    public async Task Every_run_uses_new_values()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs[0].ShouldObserveAsExpected().Output.ShouldNotBe(runs[1].ShouldObserveAsExpected().Output);
    }

    /// <summary>不听程序自己的判断：测试充当父进程，给子进程一个文件，同时自己也映射着它。</summary>
    [Fact]
    [Trait("Statement", "C4")]
    public async Task The_other_process_really_stores_into_the_file_it_was_given()
    {
        using var temp = new TempFolder();
        int original = Random.Shared.Next(1, int.MaxValue), stored = Random.Shared.Next(1, int.MaxValue);
        File.WriteAllBytes(temp["file"], Bytes(original));

        // 0 是只看。答复接在文件后面：经 MAP_SHARED、MAP_PRIVATE 看到的。
        (await Suite.Role(Project, temp["file"], "child", "0").Finish()).ShouldSucceed();
        File.ReadAllBytes(temp["file"]).ShouldBe(Bytes(original, original, original));
        (await Suite.Role(Project, temp["file"], "child", stored.ToString(CultureInfo.InvariantCulture)).Finish()).ShouldSucceed();

        File.ReadAllBytes(temp["file"])[..(2 * sizeof(int))].ShouldBe(Bytes(stored, stored));
    }

    [Fact]
    [Trait("Statement", "C5")]
    public async Task The_parent_maps_one_file_once_shared_and_once_private_and_the_file_has_no_name()
    {
        await using var parent = new Running(Suite.Command(Project));
        int child = await parent.StoppedChild();

        // 每行是：地址 权限 偏移 设备 inode 路径。
        string[] lines = [.. File.ReadAllLines($"/proc/{parent.Pid}/maps").Where(line => line.EndsWith("/memfd:shared-vs-private (deleted)", StringComparison.Ordinal))];
        kill(child, SIGCONT).ShouldBe(0);
        await parent.Finish();

        lines.Select(line => line.Split(' ')[4]).Distinct().ShouldHaveSingleItem();
        lines.Select(line => line.Split(' ')[1]).ShouldBe(["rw-s", "rw-p"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(nameof(SIGTERM))]
    [InlineData(nameof(SIGKILL))]
    public async Task Ended_half_way_it_leaves_no_process(string signal)
    {
        await using var parent = new Running(Suite.Command(Project));
        int child = await parent.StoppedChild();
        parent.Send(signal == nameof(SIGTERM) ? SIGTERM : SIGKILL);
        await Eventually.True(() => !File.Exists($"/proc/{parent.Pid}/exe"), "父进程结束");

        kill(child, SIGCONT).ShouldBe(0);

        await Eventually.True(() => !File.Exists($"/proc/{child}/exe"), "子进程跟着结束");
        await parent.Finish();
    }

    [Fact]
    public async Task A_child_that_is_killed_is_reported()
    {
        await using var parent = new Running(Suite.Command(Project));
        int child = await parent.StoppedChild();

        kill(child, SIGKILL).ShouldBe(0);

        Finished run = await parent.Finish();
        run.ExitCode.ShouldBe(1, run.Error);
        run.Complaints.ShouldHaveSingleItem(run.Error).ShouldMatch("waitpid\\(.*SIGKILL");
    }

    /// <summary>表格的一行：写入了什么，之后文件、父 SHARED、父 PRIVATE、子 SHARED、子 PRIVATE 各是多少。</summary>
    private static (int Value, int[] After) Row(Finished run, string did)
    {
        string row = run.Lines.Where(line => line.StartsWith($"  {did}", StringComparison.Ordinal)).ShouldHaveSingleItem();
        int[] numbers = [.. Number().Matches(row).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];
        numbers.Length.ShouldBe(6, row);
        return (numbers[0], numbers[1..]);
    }

    private static byte[] Bytes(params int[] values) => MemoryMarshal.AsBytes<int>(values).ToArray();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
