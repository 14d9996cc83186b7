using System.Runtime.InteropServices;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>02 MAP_SHARED 与 MAP_PRIVATE：两个进程，一个文件，两种映射。</summary>
public sealed class SharedVsPrivateTests
{
    private const string Project = "02-Mmap/SharedVsPrivate";

    [Fact]
    [Trait("Statement", "C4")]
    public async Task A_shared_store_reaches_the_other_process_and_the_file_in_both_directions()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        string parents = Stored(run, "父进程经 MAP_SHARED 存 "), childs = Stored(run, "子进程经 MAP_SHARED 存 ");
        run.Observation("C4", $"父进程经 MAP_SHARED 存 {parents}，子进程经 MAP_SHARED").ShouldEndWith($"，看到 {parents}");
        run.Observation("C4", $"父进程经 MAP_SHARED 存 {parents}，文件里").ShouldEndWith($"，看到 {parents}");
        run.Observation("C4", $"子进程经 MAP_SHARED 存 {childs}，父进程经 MAP_SHARED").ShouldEndWith($"，看到 {childs}");
        run.Observation("C4", "映射都删除之后，文件里").ShouldEndWith($"，看到 {childs}");
        childs.ShouldNotBe(parents);
    }

    [Fact]
    [Trait("Statement", "C5")]
    public async Task A_private_store_stays_with_the_process_that_made_it()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        string shared = Stored(run, "父进程经 MAP_SHARED 存 "), own = Stored(run, "父进程经 MAP_PRIVATE 存 ");
        run.Observation("C5", $"存 {own}，自己经 MAP_PRIVATE").ShouldEndWith($"，看到 {own}");
        run.Observation("C5", $"存 {own}，自己经 MAP_SHARED").ShouldEndWith($"，看到 {shared}");
        run.Observation("C5", $"存 {own}，子进程经 MAP_SHARED").ShouldEndWith($"，看到 {shared}");
        run.Observation("C5", $"存 {own}，子进程经 MAP_PRIVATE").ShouldEndWith($"，看到 {shared}");
        run.Observation("C5", $"存 {own}，文件里").ShouldEndWith($"，看到 {shared}");
        run.Observation("C5", $"存 {own}，这个映射").ShouldEndWith($"，看到 (0, {Environment.SystemPageSize / 1024})");
    }

    [Fact]
    [Trait("Statement", "C5")]
    public async Task What_posix_leaves_open_is_reported_as_linux_does_it()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        string shared = Stored(run, "父进程经 MAP_SHARED 存 "), own = Stored(run, "父进程经 MAP_PRIVATE 存 ");
        run.Observation("C5", "没有写过的 MAP_PRIVATE").ShouldEndWith($"看到 {shared}（只报告，不判断）");
        run.Observation("C5", "已经复制过的 MAP_PRIVATE").ShouldEndWith($"看到 {own}（只报告，不判断）");
    }

    /// <summary>不听程序自己的判断：测试充当父进程，文件、问题和放答复的地方都由测试给。</summary>
    [Fact]
    [Trait("Statement", "C4")]
    public async Task The_other_process_really_stores_into_the_file_it_was_given()
    {
        using var temp = new TempFolder();
        int original = Random.Shared.Next(1, int.MaxValue), stored = Random.Shared.Next(1, int.MaxValue);
        File.WriteAllBytes(temp["file"], Bytes(original));
        File.WriteAllBytes(temp["questions"], Bytes(0, stored));

        string[] files = [temp["file"], temp["questions"], temp["answers"]];
        Finished run = await Suite.External("/bin/sh", ["-c", "exec \"$0\" child 3<>\"$1\" 4<\"$2\" 5>\"$3\"", Suite.Executable(Project), .. files]).Finish();

        run.ShouldSucceed();
        File.ReadAllBytes(temp["file"]).ShouldBe(Bytes(stored));
        File.ReadAllBytes(temp["answers"])[..(3 * sizeof(int))].ShouldBe(Bytes(original, original, stored));
    }

    [Fact]
    [Trait("Statement", "C5")]
    public async Task Both_processes_map_the_same_file_once_shared_and_once_private()
    {
        using var pipe = new FullPipe();
        await using Running parent = pipe.Start(Project);
        await Eventually.True(() => parent.Children.Length == 1 && Mappings(parent.Children[0], parent.Pid).Length == 2, "子进程映射好");

        string[] own = Mappings(parent.Pid, parent.Pid), childs = Mappings(parent.Children[0], parent.Pid);
        string path = parent.Error.Split("文件是 ")[1].Split('（')[0];
        parent.Send(SIGKILL);
        await parent.Finish();

        // 每行是：地址 权限 偏移 设备 inode 路径。
        own.Concat(childs).Select(line => line.Split(' ')[4]).Distinct().ShouldHaveSingleItem();
        own.Concat(childs).ShouldAllBe(line => line.EndsWith($" {path} (deleted)", StringComparison.Ordinal));
        own.Select(line => line.Split(' ')[1]).ShouldBe(["rw-s", "rw-p"], ignoreOrder: true);
        childs.Select(line => line.Split(' ')[1]).ShouldBe(["rw-s", "rw-p"], ignoreOrder: true);
    }

    /// <summary>标准输出写不进去：程序停在第一行观察上，子进程正等着下一个问题。</summary>
    [Theory]
    [InlineData(nameof(SIGTERM))]
    [InlineData(nameof(SIGKILL))]
    public async Task Ended_half_way_it_leaves_neither_a_file_nor_a_process(string signal)
    {
        using var pipe = new FullPipe();
        await using Running parent = pipe.Start(Project);
        await Eventually.True(() => parent.Children.Length == 1 && parent.Error.Contains("文件是 "), "子进程");
        int child = parent.Children[0];
        string path = parent.Error.Split("文件是 ")[1].Split('（')[0];

        File.Exists(path).ShouldBeFalse();
        parent.Send(signal == nameof(SIGTERM) ? SIGTERM : SIGKILL);
        await parent.Finish();

        await Eventually.True(() => !File.Exists($"/proc/{child}/exe"), "子进程跟着结束");
        File.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public async Task A_child_that_is_killed_is_reported()
    {
        await using var parent = new Running(Suite.Command(Project));
        int child = await parent.StoppedChild();

        kill(child, SIGKILL).ShouldBe(0);

        Finished run = await parent.Finish();
        run.ExitCode.ShouldBe(1, run.Error);
        run.Error.ShouldContain("子进程没有答复就结束了");
    }

    private static string Stored(Finished run, string did) =>
        run.Lines.Where(line => line.Contains(did)).Select(line => line.Split(did)[1].Split('，')[0]).Distinct().ShouldHaveSingleItem();

    /// <summary>进程 pid 的映射里，示例进程 example 的那个文件的各行。</summary>
    private static string[] Mappings(int pid, int example) =>
        [.. File.ReadAllLines($"/proc/{pid}/maps").Where(line => line.EndsWith($"/SharedVsPrivate-{example} (deleted)", StringComparison.Ordinal))];

    private static byte[] Bytes(params int[] values) => MemoryMarshal.AsBytes<int>(values).ToArray();
}
