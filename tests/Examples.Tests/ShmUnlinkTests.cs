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

        string name = run.Holds("J1", "父进程映射着对象").Split(' ')[^1];
        name.ShouldMatch("^/ShmUnlink-[0-9a-f]{16}$");
        run.Holds("J1", "这时 shm_unlink 成功", "再 shm_open 得到 ENOENT");
        run.Holds("J1", "子进程的映射还在").ShouldEndWith($" {name} (deleted)");
        run.Holds("J1", "父进程的映射还在", "退出码 0").ShouldEndWith($" {name} (deleted)");
        run.Error.ShouldBeEmpty();

        long[] exchange = Observation.Numbers(run.Holds("J1", "取反"));
        exchange[1].ShouldBe(~exchange[0]);
    }

    [Fact]
    [Trait("Statement", "J1")]
    public async Task The_same_name_makes_another_object()
    {
        long[] inodes = Observation.Numbers((await Suite.Run(Project)).Holds("J1", "同名再创建"));

        inodes[1].ShouldNotBe(inodes[0]);
    }

    [Fact]
    [Trait("Statement", "J1")]
    public async Task The_memory_comes_back_with_the_last_reference()
    {
        Finished run = await Suite.Run(Project);

        long[] descriptor = Observation.Numbers(run.Holds("J1", "只剩描述符"));
        descriptor[0].ShouldBe(16384);
        Observation.Numbers(run.Holds("J1", "只剩映射")).ShouldBe([descriptor[1]]);
        Observation.Numbers(run.Holds("J1", "最后一个引用"))[0].ShouldBeGreaterThanOrEqualTo(8192);
    }

    [Fact]
    [Trait("Statement", "J1")]
    public async Task Before_shm_unlink_the_name_is_in_dev_shm_and_SIGTERM_leaves_nothing()
    {
        using var pipe = new FullPipe();
        await using Running run = pipe.Start(Project);
        string file = await Eventually.Get(() => Outside.OpenFiles(run.Pid).FirstOrDefault(open => open.Target.Contains("/ShmUnlink-")).Target, "打开的对象");

        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        run.Send(SIGTERM);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task Ended_while_the_child_is_at_work_it_leaves_neither_name_nor_child()
    {
        await using Running run = new(Suite.Command(Project));
        int child = await run.StoppedChild();

        run.Send(SIGTERM);
        await Eventually.True(() => !Outside.IsRunning(run.Pid), "父进程结束");
        kill(child, SIGCONT);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        await Eventually.True(() => !Outside.IsRunning(child), "子进程跟着结束");
        Directory.GetFiles("/dev/shm", "ShmUnlink-*").Where(file => run.Output.Contains(Path.GetFileName(file))).ShouldBeEmpty();
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
}
