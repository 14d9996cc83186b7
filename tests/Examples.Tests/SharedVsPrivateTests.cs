using System.Globalization;
using System.Runtime.InteropServices;
using CliWrap;
using CliWrap.Buffered;
using Examples.Tests.Support;
using Posix;
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

    /// <summary>不听程序自己的判断：测试充当父进程，文件和两个管道都由测试给，看子进程存到哪里。</summary>
    [Fact]
    [Trait("Statement", "C4")]
    public async Task The_other_process_really_stores_into_the_file_it_was_given()
    {
        using var folder = new TempFolder();
        int original = Random.Shared.Next(1, int.MaxValue), stored = Random.Shared.Next(1, int.MaxValue);
        await File.WriteAllBytesAsync(folder["file"], Ints(original), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["questions"], Ints(0, stored), TestContext.Current.CancellationToken);

        string[] redirections = [folder["file"], folder["questions"], folder["answers"]];
        Finished run = await Suite.External("/bin/sh", ["-c", "exec \"$0\" child 3<>\"$1\" 4<\"$2\" 5>\"$3\"", Suite.Executable(Project), .. redirections]).Finish();

        run.ShouldSucceed();
        (await File.ReadAllBytesAsync(folder["file"], TestContext.Current.CancellationToken)).ShouldBe(Ints(stored));
        byte[] answers = await File.ReadAllBytesAsync(folder["answers"], TestContext.Current.CancellationToken);
        MemoryMarshal.Cast<byte, int>(answers)[..3].ToArray().ShouldBe([original, original, stored]);
    }

    [Fact]
    public async Task Two_at_once_do_not_disturb_each_other()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs.ShouldAllBe(run => run.ShouldObserveAsExpected().Lines.Length == 13);
        runs.ShouldAllBe(run => FilesOf(run.Pid).Length == 0);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("child")]
    [InlineData("child", "x")]
    public async Task Anything_on_the_command_line_is_wrong_usage(params string[] args)
    {
        Finished run = await Suite.Run(Project, args);

        run.ShouldBeWrongUsage();
    }

    /// <summary>标准输出是一个已经满了的管道：程序停在第一行观察上，子进程正等着下一个问题。</summary>
    [Theory]
    [InlineData(nameof(SIGTERM))]
    [InlineData(nameof(SIGKILL))]
    public async Task Ended_half_way_it_leaves_neither_a_file_nor_a_process(string signal)
    {
        using var stuck = new StuckOutput();
        CommandTask<BufferedCommandResult> running = stuck.Start(Suite.Executable(Project));
        int child = await Processes.ChildOf(running.ProcessId);

        FilesOf(running.ProcessId).ShouldBeEmpty();
        kill(running.ProcessId, signal == nameof(SIGTERM) ? SIGTERM : SIGKILL).ShouldBe(0);
        await running;

        await Processes.Gone(child);
        FilesOf(running.ProcessId).ShouldBeEmpty();
    }

    private static string Stored(Finished run, string did) =>
        run.Lines.Where(line => line.Contains(did)).Select(line => line.Split(did)[1].Split('，')[0]).Distinct().ShouldHaveSingleItem();

    private static string[] FilesOf(int pid) =>
        [.. new[] { "/var/tmp", Path.GetTempPath(), Suite.Root }.SelectMany(folder => Directory.GetFiles(folder, string.Create(CultureInfo.InvariantCulture, $"*SharedVsPrivate-{pid}*")))];

    private static byte[] Ints(params ReadOnlySpan<int> values) => MemoryMarshal.AsBytes(values).ToArray();
}
