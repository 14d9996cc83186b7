using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>12 先问大小还是先等信号量：同一时刻打开的接收方，结局不同。</summary>
public sealed partial class AttachRaceTests
{
    private const string Project = "12-AttachRace";

    [Theory]
    [InlineData]
    [InlineData("fstat")]
    [Trait("Statement", "X5")]
    public async Task A_receiver_that_asks_for_the_size_first_gets_0_and_EINVAL_and_dies_of_it(params string[] args)
    {
        Finished run = (await Suite.Run(Project, args)).ShouldObserveAsExpected();

        run.Holds("X5", "先 fstat", "0 字节", "EINVAL");
        run.Holds("X5", "不检查 MAP_FAILED", "结局 SIGSEGV");
        run.Observations.Length.ShouldBe(args.Length == 0 ? 4 : 2);
        run.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData]
    [InlineData("sem_wait")]
    [Trait("Statement", "X5")]
    [Trait("Statement", "K1")]
    public async Task A_receiver_that_waits_first_gets_the_message_fresh_in_each_run(params string[] args)
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project, args), Suite.Run(Project, args));

        foreach (Finished run in runs) run.ShouldObserveAsExpected().Holds("X5", "先 sem_wait", "8 字节", "成功");
        Match[] exchanges = [.. runs.Select(run => Exchange().Match(run.Holds("K1", "结局 退出码 0")))];
        exchanges.ShouldAllBe(exchange => exchange.Groups[1].Value != "" && exchange.Groups[1].Value == exchange.Groups[2].Value);
        exchanges[0].Groups[1].Value.ShouldNotBe(exchanges[1].Groups[1].Value);
    }

    [Theory]
    [InlineData(SIGTERM)]
    [InlineData(SIGKILL)]
    [Trait("Statement", "X5")]
    public async Task Ended_while_the_creator_is_held_it_takes_its_receiver_and_its_names_along(Signal signal)
    {
        using var stuck = new FullPipe();
        await using Running running = stuck.Start(Project);
        (string file, int receiver) = await Held(running);

        // 接收方打开了对象，从外面看它的大小也还是 0。
        string[] names = Names(file);
        new FileInfo(file).Length.ShouldBe(0);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        names.Length.ShouldBe(2);

        running.Send(signal);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        await Eventually.True(() => !Outside.IsRunning(receiver), "接收方跟着结束");

        // SIGKILL 拦不住，名字留下了，由测试收走。
        Names(file).ShouldBe(signal == SIGKILL ? names : [], ignoreOrder: true);
        foreach (string left in Names(file)) File.Delete(left);
    }

    [Fact]
    public async Task A_receiver_killed_on_its_way_ends_the_creator_with_one_line()
    {
        using var stuck = new FullPipe();
        await using Running running = stuck.Start(Project);
        (string file, int receiver) = await Held(running);

        kill(receiver, SIGKILL).ShouldBe(0);

        (await running.Finish()).ShouldFailWith("read(pipe[0])", "SIGKILL");
        Names(file).ShouldBeEmpty();
    }

    // 接收方停在它的第一行输出上，创建方等着它：对象和信号量都在，还没有 ftruncate。
    private static async Task<(string File, int Receiver)> Held(Running running)
    {
        string file = "";
        await Eventually.True(() => running.Children is [var child] && (file = ObjectOf(child)) != "" && Outside.IsSleeping(child), "接收方打开了对象");
        return (file, running.Children.Single());
    }

    private static string ObjectOf(int pid) => Outside.OpenFiles(pid).FirstOrDefault(open => open.Target.StartsWith("/dev/shm/AttachRace-", StringComparison.Ordinal)).Target ?? "";

    private static string[] Names(string file) => Directory.GetFileSystemEntries("/dev/shm", $"*{Path.GetFileName(file)}*");

    [GeneratedRegex("写入 ([0-9]+)，sem_post：接收方读到 ([0-9]+)")]
    private static partial Regex Exchange();
}
