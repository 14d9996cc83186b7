using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>15 共享内存快多少：量得对不对，不问快慢。</summary>
public sealed partial class WhyFastTests
{
    private const string Project = "15-WhyFast";

    private static readonly string[] Channels = ["共享内存", "每次重新映射", "管道", "Unix 域套接字"];

    [Fact]
    [Trait("Statement", "B2")]
    public async Task Each_channel_is_measured_with_each_size_and_every_answer_is_right()
    {
        Finished run = (await Suite.Run(Project, "--quick")).ShouldObserveAsExpected();

        string[] table = [.. run.Lines.Where(Observation.IsTable)];
        table[0].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ShouldBe(["往返，微秒", "64 B", "4 KiB", "64 KiB", "1 MiB"]);
        Match[] rows = [.. table.Skip(1).Select(line => Row().Match(line))];
        rows.Select(row => row.Groups[1].Value).ShouldBe(Channels);
        double[][] times = [.. rows.Select(row => row.Groups[2].Captures.Select(time => double.Parse(time.Value, CultureInfo.InvariantCulture)).ToArray())];
        times.ShouldAllBe(row => row.Length == 4 && row.All(time => time > 0));

        // 说出的倍数由表里的数算得出；三个数各舍入到一位小数。
        for (int channel = 1; channel < Channels.Length; channel++)
        {
            string sentence = run.Reported("B2", $"{Channels[channel]}的用时");
            double[] ratios = [.. Ratio().Matches(sentence).Select(ratio => double.Parse(ratio.Groups[1].Value, CultureInfo.InvariantCulture))];
            ratios.Length.ShouldBe(2, sentence);
            ratios[0].ShouldBe(times[channel][0] / times[0][0], 0.06 + (0.1 * (times[channel][0] + times[0][0]) / (times[0][0] * times[0][0])), sentence);
            ratios[1].ShouldBe(times[channel][3] / times[0][3], 0.06 + (0.1 * (times[channel][3] + times[0][3]) / (times[0][3] * times[0][3])), sentence);
        }

        // 热身一轮，再量三轮；一轮里四种通道，各 3 × 100 + 20 次。
        run.Holds("B2", $"{4 * 4 * 320} 次往返", "不符的有 0 次");
    }

    [Fact]
    [Trait("Statement", "B2")]
    public async Task One_byte_changed_on_the_way_is_noticed()
    {
        Long.Only();
        await using var run = new Running(Suite.Command(Project));
        await run.Says("请稍候");
        int receiver = run.Children.Single();
        using SafeFileHandle memory = OpenMemory(run.Pid);

        // 信号量占第一页，然后是送出的字节；第 64 个字节属于每一种大小。
        long offset = getpagesize() + 63;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(3));
        while (kill(receiver, SIGSTOP) == 0 && await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            byte[] one = new byte[1];
            RandomAccess.Read(memory, one, offset).ShouldBe(1);
            one[0] ^= 1;
            RandomAccess.Write(memory, one, offset);
            if (kill(receiver, SIGCONT) != 0 || run.Output.Length > 0) break;
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        (await run.Finish()).ShouldContradict("B2", "校验和不符的有");
    }

    [Fact]
    public async Task A_receiver_that_dies_is_reported_instead_of_waiting_for_ever()
    {
        await using var run = new Running(Suite.Command(Project));
        await run.Says("请稍候");

        kill(run.Children.Single(), SIGKILL).ShouldBe(0);

        Finished ended = await run.Finish();
        ended.ExitCode.ShouldBe(1);
        ended.Output.ShouldBeEmpty();
        ended.Error.ShouldContain("接收方没有做完（SIGKILL）");
    }

    [Theory]
    [InlineData(SIGTERM)]
    [InlineData(SIGKILL)]
    public async Task When_it_is_ended_its_receiver_ends_too(Signal signal)
    {
        await using var run = new Running(Suite.Command(Project));
        await run.Says("请稍候");
        int receiver = run.Children.Single();

        run.Send(signal);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        await Eventually.True(() => !Outside.IsRunning(receiver), "接收方结束");
    }

    private static SafeFileHandle OpenMemory(int pid) =>
        File.OpenHandle(Outside.OpenFiles(pid).Single(open => open.Target == "/memfd:why-fast (deleted)").Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    [GeneratedRegex("^  (\\S.*?)(?: +([0-9]+\\.[0-9]))+$")]
    private static partial Regex Row();

    [GeneratedRegex("是(?:共享内存的)? ([0-9]+\\.[0-9]) 倍")]
    private static partial Regex Ratio();
}
