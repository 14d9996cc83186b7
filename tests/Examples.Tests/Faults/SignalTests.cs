using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests.Faults;

/// <summary>SIGSTOP、SIGCONT、SIGINT、SIGTERM、SIGQUIT 来在要紧的时刻。</summary>
public sealed class SignalTests : IDisposable
{
    private readonly ShmName _shm = new();

    public static TheoryData<string, string> Senders() => new() { { "10-ShmSemaphore/Sender", "" } };

    public void Dispose() => _shm.Dispose();

    [Theory]
    [InlineData("10-ShmSemaphore/Receiver", "")]
    [InlineData("16-DotNetWay", "receive")]
    public async Task A_waiting_receiver_that_is_stopped_gets_the_message_once_it_is_continued(string project, string role)
    {
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(0);
        string text = RandomText.Next(20_000);
        await using var receiver = new Running(Suite.Command(project, Arguments(role)));
        await receiver.Says("sem_post");
        receiver.Send(SIGSTOP);

        (await Suite.Run("10-ShmSemaphore/Sender", _shm.Name, text)).ShouldSucceed();
        receiver.HasEnded.ShouldBeFalse();
        receiver.Send(SIGCONT);

        Finished received = await receiver.Finish();
        (received.ShouldSucceed().Output == $"process:{receiver.Pid} recv:{text}\n").ShouldBeTrue();
        _shm.ShouldBeGone();
    }

    [Theory]
    [MemberData(nameof(Senders))]
    public async Task A_sender_that_is_stopped_before_it_posts_keeps_the_receiver_waiting_and_then_delivers(string project, string role)
    {
        string text = RandomText.Next(20);
        using var pipe = new FullPipe();
        await using Running sender = pipe.Start(project, Arguments(role, text));
        await WroteMemory(text);
        sender.Send(SIGSTOP);
        await using var receiver = new Running(Suite.Command("10-ShmSemaphore/Receiver", _shm.Name));
        await receiver.Says("等待");

        // 内存里已经是完整的消息，可是没有 post 就不算数。
        _shm.TakePosts().ShouldBe(0);
        receiver.HasEnded.ShouldBeFalse();
        sender.Send(SIGCONT);
        pipe.Drain();

        (await sender.Finish()).ExitCode.ShouldBe(0);
        (await receiver.Finish()).ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData("10-ShmSemaphore/Sender", "", SIGINT)]
    [InlineData("10-ShmSemaphore/Sender", "", SIGTERM)]
    [InlineData("10-ShmSemaphore/Sender", "", SIGQUIT)]
    public async Task A_sender_ended_before_it_posts_leaves_neither_name(string project, string role, Signal signal)
    {
        string text = RandomText.Next(20);
        using var pipe = new FullPipe();
        await using Running sender = pipe.Start(project, Arguments(role, text));
        await WroteMemory(text);

        sender.Send(signal);

        (await sender.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        _shm.ShouldBeGone();
    }

    [Theory]
    [MemberData(nameof(Senders))]
    public async Task A_sender_ended_before_it_posts_leaves_names_it_did_not_make(string project, string role)
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        _shm.CreateSemaphore(0);
        string text = RandomText.Next(20);
        using var pipe = new FullPipe();
        await using Running sender = pipe.Start(project, Arguments(role, text));
        await WroteMemory(text);

        sender.Send(SIGTERM);

        (await sender.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        File.Exists(_shm.ObjectFile).ShouldBeTrue();
        _shm.TakePosts().ShouldBe(0);
    }

    [Fact]
    public async Task Ended_at_any_moment_a_program_leaves_no_name()
    {
        await using Arena arena = await Arena.Open();
        Assert.SkipUnless(arena.IsPrivate, "这里不能建挂载命名空间，/dev/shm 里多出的名字分不清是谁的");

        // 从登记、创建到删除，信号落在哪里都一样；落在结束之后也行。
        Finished[] ended = await Task.WhenAll(Enumerable.Range(0, Long.Wanted ? 40 : 8).Select(async _ =>
        {
            await using var running = new Running(arena.Command(Suite.Executable("12-AttachRace")));
            await Task.Delay(Random.Shared.Next(150), TestContext.Current.CancellationToken);
            running.Send(SIGTERM);
            return await running.Finish();
        }));

        ended.ShouldAllBe(run => run.ExitCode == 0 || run.ExitCode == 128 + (int)SIGTERM);
        arena.Left().ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_the_starter_ignores_SIGTERM_it_dies_of_it_all_the_same()
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        _shm.CreateSemaphore(0);
        await using var receiver = new Running(Suite.External("/bin/sh", "-c", "trap '' TERM; exec \"$@\"", "sh", Suite.Executable("10-ShmSemaphore/Receiver"), _shm.Name));
        await receiver.Says("等待");

        receiver.Send(SIGTERM);

        (await receiver.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
    }

    [Theory]
    [InlineData("14-ShmFull")]
    [InlineData("17-Interop")]
    public async Task Where_the_starter_blocks_SIGCHLD_children_are_waited_for_all_the_same(string project)
    {
        Finished probe = await Elsewhere.TryFinish("env", ["--block-signal=CHLD", "true"]);
        Assert.SkipUnless(probe.ExitCode == 0, $"这里的 env 没有 --block-signal：{probe.Error}");

        (await Suite.External("env", "--block-signal=CHLD", Suite.Executable(project)).Finish()).ShouldObserveAsExpected();
    }

    [Fact]
    public async Task A_waiting_receiver_dies_of_SIGTERM_and_the_next_pair_works()
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        _shm.CreateSemaphore(0);
        string text = RandomText.Next(20);
        await using var receiver = new Running(Suite.Command("10-ShmSemaphore/Receiver", _shm.Name));
        await receiver.Says("等待");

        receiver.Send(SIGTERM);

        (await receiver.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        (await Suite.Run("10-ShmSemaphore/Sender", _shm.Name, text)).ShouldSucceed();
        (await Suite.Run("10-ShmSemaphore/Receiver", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task A_parent_waits_for_a_stopped_child_and_reads_1_once_it_is_continued()
    {
        using var pipe = new FullPipe();
        await using Running parent = pipe.Start("05-AnonymousMapping");
        int child = await parent.StoppedChild();
        parent.HasEnded.ShouldBeFalse();

        kill(child, SIGCONT).ShouldBe(0);
        string printed = pipe.Drain();

        (await parent.Finish()).ShouldSucceed().Complaints.ShouldBeEmpty();
        (printed + pipe.Drain()).ShouldBe("child:set memory 1\nparent:memory value 1\n");
    }

    private string[] Arguments(string role, params string[] rest) => [.. role == "" ? Array.Empty<string>() : [role], _shm.Name, .. rest];

    private Task WroteMemory(string text) =>
        Eventually.True(() => File.Exists(_shm.ObjectFile) && File.ReadAllText(_shm.ObjectFile).StartsWith(text, StringComparison.Ordinal), "消息写进内存");
}
