using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>19 的第二个程序：长短不一的消息经过同一个环。</summary>
public sealed class RecordsTests
{
    private const string Project = "19-Records";

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Messages_of_any_length_arrive_whole()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        foreach (Finished run in runs)
        {
            // 接收方从内容算出的摘要留在共享内存里，与发送方的不同就会写出两个。
            string seen = run.ShouldObserveAsExpected().Holds("K1", "送出 5000 条", "收到 5000 条", "退出码 0");
            Observation.Numbers(seen)[^2].ShouldNotBe(0);
            run.Error.ShouldBeEmpty();
        }

        runs[0].Holds("K1").ShouldNotBe(runs[1].Holds("K1"));
    }

    [Fact]
    public async Task A_receiver_killed_half_way_is_noticed()
    {
        await using var sender = new Running(Suite.Command(Project));
        await Eventually.True(() => Outside.Children(sender.Pid).Length == 1, "接收方启动了");

        kill(Outside.Children(sender.Pid)[0], SIGKILL).ShouldBe(0);

        (await sender.Finish()).ShouldFailWith("接收方就不在了", "SIGKILL");
    }

    [Fact]
    public async Task A_sender_killed_half_way_is_not_taken_for_the_end()
    {
        await using var sender = new Running(Suite.Command(Project));
        await Eventually.True(() => sender.Children.Length == 1, "接收方启动了");
        int receiver = sender.Children[0];

        // 发送方停在半路；接收方取完环里的（至多 8 KiB），睡着等下去。
        sender.Send(SIGSTOP);
        await Eventually.True(() => File.ReadAllText($"/proc/{receiver}/maps").Contains("memfd:records") && Outside.IsSleeping(receiver), "接收方睡着等消息");
        sender.Send(SIGKILL);

        Finished run = await sender.Finish();
        run.ExitCode.ShouldBe(128 + (int)SIGKILL);
        await Eventually.True(() => !Outside.IsRunning(receiver), "接收方也结束了");
        sender.Error.ShouldContain("发送方没有说送完就不在了");
    }
}
