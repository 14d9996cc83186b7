using System.Globalization;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>09 shm_unlink：名字马上没有，对象等最后一个引用。要读整台机器的 Shmem，所以单独运行。</summary>
[Collection(Alone.Name)]
public sealed class ShmUnlinkTests
{
    private const string Project = "09-ShmUnlink";

    [Fact]
    [Trait("Statement", "J1")]
    public async Task The_name_is_gone_at_once_and_both_mappings_still_work()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        run.Observation("J1", "shm_unlink 之前").ShouldEndWith($"看到 /ShmUnlink-{run.Pid}");
        run.Observation("J1", "shm_unlink(\"").ShouldEndWith("看到 成功");
        run.Observation("J1", "名字马上没有了").ShouldEndWith("看到 ENOENT");
        run.Observation("J1", "父进程的映射还在").ShouldEndWith($"看到 /ShmUnlink-{run.Pid} (deleted)");
        run.Observation("J1", "子进程的映射还在").ShouldEndWith($"看到 /ShmUnlink-{run.Pid} (deleted)");
        run.Error.ShouldBeEmpty();

        string exchange = run.Observation("J1", "取反");
        int stored = Number(exchange, "父进程存 "), answer = Number(exchange, "看到 ");
        answer.ShouldBe(~stored);
    }

    [Fact]
    [Trait("Statement", "J1")]
    public async Task The_same_name_makes_another_object()
    {
        string line = (await Suite.Run(Project)).ShouldObserveAsExpected().Observation("J1", "同名再建");

        Number(line, "看到 ").ShouldNotBe(Number(line, "不是 "));
    }

    [Fact]
    [Trait("Statement", "J1")]
    public async Task The_memory_comes_back_with_the_last_reference()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        Number(run.Observation("J1", "只剩描述符"), "看到 ").ShouldBe(16384);
        Number(run.Observation("J1", "只剩映射"), "看到 ").ShouldBe(16384 * 1024);
        Number(run.Observation("J1", "最后一个引用"), "看到 ").ShouldBeGreaterThanOrEqualTo(8192);
    }

    [Fact]
    [Trait("Statement", "J1")]
    public async Task Before_shm_unlink_the_name_is_in_dev_shm_and_SIGTERM_leaves_nothing()
    {
        using var pipe = new FullPipe();
        await using Running run = pipe.Start(Project);
        string file = $"/dev/shm/ShmUnlink-{run.Pid}";
        await Eventually.True(() => File.Exists(file) && new FileInfo(file).Length == sizeof(int), file);

        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        run.Send(SIGTERM);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task On_a_dev_shm_that_is_too_small_it_says_so_and_leaves_nothing()
    {
        Finished run = await (await Elsewhere.WithOwnShm("1m", "\"$1\"; code=$?; ls -A /dev/shm >&2; exit $code", Suite.Executable(Project))).Finish();

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldStartWith("posix_fallocate(");
        run.Error.ShouldContain("ENOSPC");
        run.Error.Count(c => c == '\n').ShouldBe(1, run.Error);
    }

    /// <summary>一段文字之后的数。</summary>
    private static int Number(string line, string after) =>
        int.Parse(new string([.. line.Split(after)[1].TakeWhile(c => c == '-' || char.IsDigit(c))]), CultureInfo.InvariantCulture);
}
