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

    private static readonly string[] Channels = ["共享内存", "共享内存-重映射", "管道", "Unix套接字", "文件读写"];
    private static readonly (string Text, int Bytes)[] Sizes = [("64 B", 64), ("4 KiB", 4 << 10), ("64 KiB", 64 << 10), ("1 MiB", 1 << 20)];

    [Fact]
    [Trait("Statement", "B2")]
    public async Task Each_channel_is_measured_with_each_size_and_every_answer_is_right()
    {
        Finished run = (await Suite.Run(Project, "--quick")).ShouldSucceed();

        Row[] rows = [.. run.Lines.Select(line => RowPattern().Match(line)).Where(match => match.Success).Select(Row.Parse)];
        rows.Select(row => (row.Channel, row.Size)).ShouldBe(Sizes.SelectMany(size => Channels.Select(channel => (channel, size.Text))));
        rows.ShouldAllBe(row => row.Microseconds > 0);
        foreach ((string text, int bytes) in Sizes)
        {
            Row[] same = [.. rows.Where(row => row.Size == text)];
            double best = same.Max(row => row.Throughput);
            foreach (Row row in same)
            {
                // 两个数各舍入到一位小数，横条舍入到整格。
                row.Throughput.ShouldBeInRange((bytes / (row.Microseconds + 0.06)) - 0.06, (bytes / Math.Max(0.01, row.Microseconds - 0.06)) + 0.06);
                ((double)row.Bar).ShouldBeInRange((30 * (row.Throughput - 0.06) / (best + 0.06)) - 0.6, Math.Max(1, (30 * (row.Throughput + 0.06) / (best - 0.06)) + 0.6));
            }

            same.Max(row => row.Bar).ShouldBe(30);
        }

        // 每一格量两轮，每轮至少一批，一批 4 次。
        string total = run.Observation("B2", "次往返", "校验和不符", "预期 0，看到 0");
        int.Parse(total.Split(' ')[1], CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(rows.Length * 2 * 4);
        run.Observation("B2", "每次只改一个字节", "看到 0");
        run.Observation("B2", "文件读写的文件所在的目录").ShouldEndWith("（只报告，不判断）");
        run.Lines.Length.ShouldBe(1 + rows.Length + 3);
        run.Lines.ShouldAllBe(line => line.StartsWith("B2 ", StringComparison.Ordinal) && !line.Contains('\e'));
    }

    [Fact]
    [Trait("Statement", "B2")]
    public async Task One_byte_changed_on_the_way_is_noticed()
    {
        await using var run = new Running(Suite.Command(Project, "--quick"));
        await run.Says("热身");
        int receiver = run.Children.Single();
        using SafeFileHandle memory = OpenMemory(run.Pid);

        // 信号量占第一页，然后是父进程送出的字节；第 64 个字节属于每一种大小，又不属于开头 8 字节的约定。
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

        Finished ended = await run.Finish();
        ended.ExitCode.ShouldBe(1, ended.Error);
        ended.Observation("B2", "校验和不符", "← 与预期不符").ShouldNotContain("看到 0 ");
    }

    [Fact]
    public async Task A_receiver_that_dies_is_reported_instead_of_waiting_for_ever()
    {
        await using var run = new Running(Suite.Command(Project));
        await run.Says("热身");

        kill(run.Children.Single(), SIGKILL).ShouldBe(0);

        Finished ended = await run.Finish();
        ended.ExitCode.ShouldBe(1);
        ended.Output.ShouldBeEmpty();
        ended.Error.ShouldContain("再运行一次");
    }

    [Theory]
    [InlineData(SIGTERM)]
    [InlineData(SIGKILL)]
    public async Task When_it_is_ended_its_receiver_ends_too(Signal signal)
    {
        await using var run = new Running(Suite.Command(Project));
        await run.Says("热身");
        int receiver = run.Children.Single();

        run.Send(signal);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        await Eventually.True(() => IsGone(receiver), "接收方结束");
    }

    private static SafeFileHandle OpenMemory(int pid)
    {
        string link = Directory.GetFiles($"/proc/{pid}/fd").Single(fd => new FileInfo(fd).LinkTarget == "/memfd:why-fast (deleted)");
        return File.OpenHandle(link, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    private static bool IsGone(int pid)
    {
        try
        {
            // 已经结束、还没有被 init 收走的也算。
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1][0] == 'Z';
        }
        catch (IOException)
        {
            return true;
        }
    }

    [GeneratedRegex("^B2 (?<channel>[^ ]+) +(?<size>[0-9]+ (B|KiB|MiB)) +(?<time>[0-9.]+) +(?<rate>[0-9.]+)  (?<bar>█+)$")]
    private static partial Regex RowPattern();

    private sealed record Row(string Channel, string Size, double Microseconds, double Throughput, int Bar)
    {
        public static Row Parse(Match match) => new(
            match.Groups["channel"].Value,
            match.Groups["size"].Value,
            double.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture),
            double.Parse(match.Groups["rate"].Value, CultureInfo.InvariantCulture),
            match.Groups["bar"].Length);
    }
}
