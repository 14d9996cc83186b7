using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>04 msync：存进映射的值什么时候到磁盘，谁先看得到。</summary>
public sealed class MsyncTests
{
    private const string Project = "04-Msync";

    private static readonly string PageKiB = $"{getpagesize() / 1024}";

    [Fact]
    [Trait("Statement", "E1")]
    public async Task A_store_makes_the_page_dirty_and_the_settings_say_when_the_kernel_writes_it_back()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        run.Holds("E1", "只读不写").ShouldEndWith("脏的是 0 KiB");
        run.Holds("E1", "还没写回磁盘").ShouldEndWith($"脏的是 {PageKiB} KiB");
        run.Reported("E1", $"脏满 {Seconds("dirty_expire_centisecs")} 秒算到期，内核每 {Seconds("dirty_writeback_centisecs")} 秒查一次");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "E2")]
    [Trait("Statement", "E3")]
    public async Task MS_ASYNC_leaves_the_page_dirty_and_MS_SYNC_makes_it_clean()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        run.Holds("E2", "msync(MS_ASYNC)").ShouldContain($"脏的仍是 {PageKiB} KiB");
        run.Holds("E3", "msync(MS_SYNC)").ShouldMatch(@"用了 \d+ µs，脏的是 0 KiB$");
    }

    [Fact]
    [Trait("Statement", "E3")]
    [Trait("Statement", "E4")]
    public async Task Before_any_msync_another_process_and_another_mapping_see_the_store()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        string stored = run.Holds("E1", "还没写回磁盘").Split("写入 ")[1].Split('，')[0];
        int.Parse(stored, System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(100, 255);
        run.Holds("E3", "另一个进程").ShouldEndWith($"退出码 {stored}");
        run.Holds("E4", "还没有 msync", "另一处映射").ShouldEndWith($" {stored}");
        string[] lines = run.Lines;
        Array.FindIndex(lines, line => line.Contains("另一个进程")).ShouldBeLessThan(Array.FindIndex(lines, line => line.Contains("msync(MS_")));
    }

    [Fact]
    [Trait("Statement", "E4")]
    public async Task MS_INVALIDATE_drops_nothing_and_only_refuses_locked_pages()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        string line = run.Holds("E4", "没有失效");
        line.ShouldEndWith($"里面是 {line.Split("写入 ")[1].Split('，')[0]}");
        run.Holds("E4", "mlock 锁住这一页：成功").ShouldEndWith("：EBUSY");
    }

    /// <summary>程序没有演示的：相互矛盾的标志，没有对齐页的起点。</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [Trait("Statement", "E4")]
    public unsafe void MS_SYNC_with_MS_ASYNC_and_an_unaligned_start_are_EINVAL(int offset, bool both)
    {
        byte* page = (byte*)mmap(null, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int result = msync(page + offset, 1, both ? MS_SYNC | MS_ASYNC : MS_SYNC);
        Posix.Errno error = errno;

        result.ShouldBe(-1);
        error.ShouldBe(EINVAL);
        munmap(page, 1).ShouldBe(0);
    }

    [Fact]
    public async Task Where_mlock_is_not_allowed_it_says_so()
    {
        Finished run = await (await Elsewhere.AsNobody("/bin/sh", "-c", "ulimit -l 0 && test -x \"$1\" || exit 77; exec \"$1\"", "sh", Suite.Executable(Project))).Finish();
        Assert.SkipWhen(run.ExitCode == 77, "别的用户够不到示例");

        run.ShouldObserveAsExpected().Reported("E4", "mlock").ShouldMatch("锁住这一页：(EPERM|ENOMEM)；");
    }

    [Fact]
    public async Task Without_a_disk_file_system_it_says_so_and_judges_nothing()
    {
        const string Script = "mount -t tmpfs tmpfs /var/tmp && cd /dev/shm && HOME=/dev/shm TMPDIR=/dev/shm exec \"$1\"";

        Finished run = await (await Elsewhere.WithOwnShm("1m", Script, Suite.Executable(Project))).Finish();

        run.ShouldObserveAsExpected().Lines.ShouldHaveSingleItem().ShouldStartWith("· E1 没有可写的、在磁盘文件系统上的目录");
    }

    [Fact]
    public async Task The_file_has_no_name_so_that_even_SIGKILL_leaves_nothing()
    {
        using var pipe = new FullPipe();
        await using Running run = pipe.Start(Project);
        string[] mappings = [];
        await Eventually.True(() => (mappings = Mappings(run.Pid)).Length == 2, "同一个文件的两处映射");

        // maps 的一行：地址 权限 偏移 设备 inode 路径；没有名字的文件显示成 目录/#inode (deleted)。
        mappings.Select(line => line.Split(' ')[1]).ShouldBe(["rw-s", "r--s"], ignoreOrder: true);
        string[] names = [.. mappings.Select(line => line[line.IndexOf('/')..]).Distinct()];
        names.ShouldHaveSingleItem().ShouldMatch(@"/#\d+ \(deleted\)$");
        run.Send(SIGKILL);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)SIGKILL);
    }

    [Fact]
    public async Task Waiting_for_the_kernel_can_be_given_up()
    {
        await using var run = new Running(Suite.Command(Project, "--wait"));
        await run.Says("等内核自己写回这一页");

        run.Send(SIGINT);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)SIGINT);
    }

    /// <summary>默认设置下要半分多钟，所以要点名才跑：<c>Examples.Tests -explicit on -class Examples.Tests.MsyncTests</c>。</summary>
    [Fact(Explicit = true)]
    [Trait("Statement", "E1")]
    public async Task With_wait_the_kernel_writes_the_page_back_by_itself()
    {
        Finished run = (await Suite.Run(Project, "--wait")).ShouldObserveAsExpected();

        run.Holds("E1", "内核自己写回了").ShouldMatch($@"脏的是 {PageKiB} KiB，\d+ 秒后是 0 KiB");
    }

    private static decimal Seconds(string setting) =>
        decimal.Parse(File.ReadAllText("/proc/sys/vm/" + setting), System.Globalization.CultureInfo.InvariantCulture) / 100;

    private static string[] Mappings(int pid) => [.. File.ReadLines($"/proc/{pid}/maps").Where(line => line.Contains("/#"))];
}
