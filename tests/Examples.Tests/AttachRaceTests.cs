using System.Globalization;
using System.Runtime.Versioning;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>12 先问大小还是先等信号量：同一时刻打开的两个接收方，结局不同。</summary>
[SupportedOSPlatform("linux")]
public sealed class AttachRaceTests
{
    private const string Project = "12-AttachRace";

    [Fact]
    [Trait("Statement", "X5")]
    public async Task A_receiver_that_asks_for_the_size_first_gets_0_and_EINVAL_and_dies_of_it()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        run.Observation("X5", "先 fstat，问到的大小").ShouldEndWith("看到 0");
        run.Observation("X5", "mmap，得到的错误").ShouldEndWith("看到 EINVAL");
        run.Observation("X5", "不检查 MAP_FAILED").ShouldEndWith("看到 SIGSEGV");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "X5")]
    [Trait("Statement", "K1")]
    public async Task A_receiver_that_waits_first_gets_the_message_fresh_in_each_of_two_runs_at_once()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        string[] messages = [.. runs.Select(run => run.ShouldObserveAsExpected().Observation("X5", "先 sem_wait，再 fstat 和 mmap").Split("看到 ")[1])];
        messages.ShouldAllBe(message => message.Length == 16 && message.All(char.IsAsciiHexDigitUpper));
        messages.ShouldBeUnique();
        runs.ShouldAllBe(run => run.Observation("X5", "先 sem_wait 的这个接收方").EndsWith("看到 退出码 0", StringComparison.Ordinal));
        runs.ShouldAllBe(run => Names(run.Pid).Length == 0);
    }

    [Fact]
    [Trait("Statement", "X5")]
    public async Task Ended_while_the_creator_is_held_it_takes_its_receivers_and_its_names_along()
    {
        using var stuck = new FullPipe();
        await using Running running = stuck.Start(Project);
        int pid = running.Pid;
        string file = string.Create(CultureInfo.InvariantCulture, $"/dev/shm/AttachRace-{pid}");

        // 两个接收方都打开了对象，它的大小从外面看也还是 0。
        await Eventually.True(() => Outside.Children(pid) is { Length: 2 } pids && pids.All(child => HasOpen(child, file)), "两个接收方打开了对象");
        int[] receivers = Outside.Children(pid);
        new FileInfo(file).Length.ShouldBe(0);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Names(pid).Length.ShouldBe(2);

        kill(pid, SIGTERM).ShouldBe(0);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        Names(pid).ShouldBeEmpty();
        await Eventually.True(() => !receivers.Any(Outside.IsRunning), "接收方跟着结束");
    }

    private static string[] Names(int pid) => Directory.GetFileSystemEntries("/dev/shm", string.Create(CultureInfo.InvariantCulture, $"*AttachRace-{pid}*"));

    private static bool HasOpen(int pid, string file) => Outside.OpenFiles(pid).Any(open => open.Target == file);
}
