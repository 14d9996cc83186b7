using CliWrap;
using Examples.Tests.Support;
using Posix;

namespace Examples.Tests.Faults;

/// <summary>停在、死在指定的一步：strace 在某个系统调用的入口送来信号，次次都在同一处。没有 strace 就跳过。</summary>
public sealed class StepTests
{
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";

    /// <summary>死在哪一步；这一步之后剩下几个 sem.XXXXXX；正式的信号量在不在。</summary>
    [Theory]
    [InlineData("openat", 0, false)]
    [InlineData("?link,?linkat", 1, false)]
    [InlineData("?unlink,?unlinkat", 1, true)]
    [InlineData("ftruncate", 0, true)]
    [InlineData("fallocate", 0, true)]
    [InlineData("mmap", 0, true)]
    [InlineData("close", 0, true)]
    public async Task A_sender_killed_at_a_step_leaves_what_the_step_says_and_the_pair_runs_again(string step, int halfMade, bool semaphore)
    {
        await using Arena arena = await Arena.Open();
        Assert.SkipUnless(arena.IsPrivate || halfMade == 0, "这里不能建挂载命名空间，/dev/shm 里的 sem.XXXXXX 分不清是谁的");

        // 信号量那几步的名字事先不知道，其余的只看对象的那个路径。
        string[] path = step.StartsWith('?') ? [] : ["-P", "/dev/shm" + arena.Name];
        Finished killed = await Strace(arena, [.. path, "-e", $"trace={step}", "-e", $"inject={step}:signal=SIGKILL:when=1"], Sender, arena.Name, RandomText.Next(9000));

        killed.ExitCode.ShouldBe(128 + (int)Libc.SIGKILL, killed.Error);
        killed.Output.ShouldBeEmpty();
        File.Exists(arena.SemaphoreFile).ShouldBe(semaphore);
        (arena.SemaphoreValue() ?? 0).ShouldBe(0);
        arena.SweepHalfMadeSemaphores().ShouldBe(halfMade);
        await RunsAgain(arena);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_receiver_killed_between_reading_and_deleting_the_names_does_not_disturb_the_next_pair(int unlink)
    {
        await using Arena arena = await Arena.Open();
        string text = RandomText.Next(9000);
        (await arena.Command(Suite.Executable(Sender), arena.Name, text).Finish()).ShouldSucceed();

        Finished killed = await Strace(arena, ["-e", "trace=?unlink,?unlinkat", "-e", $"inject=?unlink,?unlinkat:signal=SIGKILL:when={unlink}"], Receiver, arena.Name);

        killed.ExitCode.ShouldBe(128 + (int)Libc.SIGKILL, killed.Error);
        killed.Output.ShouldEndWith($" recv:{text}\n");
        arena.SemaphoreValue().ShouldNotBe(1);
        await RunsAgain(arena);
    }

    [Fact]
    public async Task A_file_cut_short_while_the_reader_has_it_mapped_kills_the_reader_and_no_value_is_printed()
    {
        await using Arena arena = await Arena.Open();
        string path = Path.Combine(arena.Temp, "cut.dat");
        File.WriteAllBytes(path, BitConverter.GetBytes(Random.Shared.Next()));

        Finished reader = await CutShort(arena, path, path, "06-FileMapping/Reader", path);

        ShouldDieOfSigbus(reader);
        File.Delete(path);
    }

    [Fact]
    public async Task An_object_cut_short_while_the_receiver_has_it_mapped_kills_the_receiver_and_no_message_is_printed()
    {
        await using Arena arena = await Arena.Open();
        (await arena.Command(Suite.Executable(Sender), arena.Name, RandomText.Next(9000)).Finish()).ShouldSucceed();

        Finished receiver = await CutShort(arena, "/dev/shm" + arena.Name, arena.ObjectFile, Receiver, arena.Name);

        ShouldDieOfSigbus(receiver);
        await RunsAgain(arena);
    }

    // 程序映射之后 close 描述符，停在那里；截短文件，再让它继续。
    private static async Task<Finished> CutShort(Arena arena, string path, string seenFromHere, string project, string arg)
    {
        await SkipWithoutStrace(arena);
        string log = Path.Combine(arena.Temp, "strace");
        await using var strace = new Running(arena.Command("/bin/sh", "-c", "ulimit -c 0; exec \"$@\"", "sh",
            "strace", "-f", "-qq", "-o", log, "-P", path, "-e", "trace=mmap,close", "-e", "inject=close:signal=SIGSTOP:when=1", Suite.Executable(project), arg));
        await Eventually.True(() => File.Exists(log) && File.ReadAllText(log).Contains("stopped by SIGSTOP"), "程序停在 close 上");
        File.ReadAllText(log).ShouldContain("MAP_SHARED");

        using (var file = new FileStream(seenFromHere, FileMode.Open)) file.SetLength(0);
        Libc.kill(strace.Children.Single(), Libc.SIGCONT).ShouldBe(0);

        Finished run = await strace.Finish();
        File.Delete(log);
        return run;
    }

    // 信号是 SIGBUS；C# 语句引起的，CoreCLR 报告 AccessViolationException，以 SIGABRT 结束。
    private static void ShouldDieOfSigbus(Finished run)
    {
        run.ExitCode.ShouldBe(128 + (int)Libc.SIGABRT, run.Error);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain("AccessViolationException");
    }

    private static async Task<Finished> Strace(Arena arena, string[] options, string project, params string[] args)
    {
        await SkipWithoutStrace(arena);
        return await arena.Command("strace", ["-f", "-qq", "-o", "/dev/null", .. options, Suite.Executable(project), .. args]).Finish();
    }

    private static async Task SkipWithoutStrace(Arena arena)
    {
        Finished probe = await Elsewhere.TryFinish("strace", ["-qq", "-o", "/dev/null", "-P", arena.Temp, "-e", "trace=?link", "-e", "inject=?link:signal=SIGCONT", "true"]);
        Assert.SkipUnless(probe.ExitCode == 0, $"没有 strace，或这里不许跟踪别的进程：{probe.Error}");
    }

    private static async Task RunsAgain(Arena arena)
    {
        string text = RandomText.Next(Random.Shared.Next(1, 20_000));
        (await arena.Command(Suite.Executable(Sender), arena.Name, text).Finish()).ShouldSucceed();
        Finished received = await arena.Command(Suite.Executable(Receiver), arena.Name).Finish();
        (received.ShouldSucceed().Output == $"process:{received.Pid} recv:{text}\n").ShouldBeTrue();
        arena.Left().ShouldBeEmpty();
    }
}
