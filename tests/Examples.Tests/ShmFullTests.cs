using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>14 /dev/shm 满了：在一个私有的、64 KiB 的 /dev/shm 上。</summary>
public sealed class ShmFullTests
{
    private const string Project = "14-ShmFull";
    private const string Forbidden = "系统不允许换上 64 KiB 的 /dev/shm";
    private const string Mount = "mount -t tmpfs -o size=64k tmpfs /dev/shm";

    [Fact]
    [Trait("Statement", "X9")]
    public async Task When_full_ftruncate_succeeds_and_the_store_dies_of_SIGBUS_but_posix_fallocate_says_ENOSPC()
    {
        await SkipUnlessAllowed();
        string mounts = MountsOfShm();

        ShouldShowItAll(await Suite.Run(Project));

        MountsOfShm().ShouldBe(mounts);
    }

    [Fact]
    [Trait("Statement", "X9")]
    public async Task Without_the_right_to_mount_it_takes_a_user_namespace()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "不是 root 时，上一个测试已经走了用户命名空间。");
        string[] without = ["--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"];
        await SkipUnless("/usr/bin/setpriv", [.. without, "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", Mount]);
        string mounts = MountsOfShm();

        ShouldShowItAll(await Suite.External("/usr/bin/setpriv", [.. without, Suite.Executable(Project)]).Finish());

        MountsOfShm().ShouldBe(mounts);
    }

    [Fact]
    [Trait("Statement", "X9")]
    public async Task Where_namespaces_are_forbidden_one_line_says_so_and_it_is_no_failure()
    {
        // 在一个用户命名空间里把挂载命名空间的限额调成 0：里面谁也不能再要一个。
        string[] inside = ["--user", "--map-root-user", "sh", "-c", "echo 0 >/proc/sys/user/max_mnt_namespaces && exec \"$@\"", "sh"];
        await SkipUnless("unshare", [.. inside, "true"]);

        Finished run = (await Suite.External("unshare", [.. inside, Suite.Executable(Project)]).Finish()).ShouldObserveAsExpected();

        run.Lines.ShouldHaveSingleItem();
        run.Reported("X9", Forbidden).ShouldContain("unshare failed");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "X9")]
    public async Task Where_there_is_no_unshare_one_line_says_so_and_it_is_no_failure()
    {
        using var empty = new TempFolder();

        Finished run = (await Suite.Command(Project).WithEnvironmentVariables(e => e.Set("PATH", empty.Folder)).Finish()).ShouldObserveAsExpected();

        run.Lines.ShouldHaveSingleItem();
        run.Reported("X9", Forbidden).ShouldContain("No such file or directory");
    }

    [Fact]
    [Trait("Statement", "X9")]
    public async Task Ended_half_way_nothing_is_left_inside_or_outside()
    {
        await SkipUnlessAllowed();
        string mounts = MountsOfShm();
        using var stuck = new FullPipe();
        await using Running running = stuck.Start(Project);
        int pid = running.Pid;

        // 里面的程序停在它的第一行输出上：对象已经有了大小，名字早已删掉。
        await Eventually.True(() => Outside.Children(pid) is [int child] && SizeOfObject(child) == 2 * 65536, "里面的程序做完了 ftruncate");
        int inner = Outside.Children(pid).ShouldHaveSingleItem();

        kill(pid, SIGTERM).ShouldBe(0);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        await Eventually.True(() => !Outside.IsRunning(inner), "里面的程序跟着结束");
        MountsOfShm().ShouldBe(mounts);
        Directory.GetFileSystemEntries("/dev/shm", "*ShmFull-*").ShouldBeEmpty();
    }

    private static void ShouldShowItAll(Finished run)
    {
        run.ShouldObserveAsExpected();
        run.Holds("X9", "/dev/shm 一共 65536 字节", "ftruncate 到 131072 字节也成功").ShouldEndWith("占用 0 字节");
        run.Holds("X9", "memset", "死于").ShouldEndWith("死于 SIGBUS，这时占用 65536 字节");
        run.Reported("X9", "C# 的循环").ShouldContain("死于 SIG");
        run.Holds("X9", "posix_fallocate 申请 131072 字节").ShouldEndWith("得到 ENOSPC；占用 0 字节");
        run.Holds("X9", "posix_fallocate 申请 65536 字节").ShouldEndWith("还没有写入，占用 65536 字节");
        run.Holds("X9", "memset", "正常结束").ShouldEndWith("退出码 0");
        run.Error.ShouldBeEmpty();
    }

    // 测试自己先问系统允不允许，不听程序的：程序若总说「不允许」，测试要失败而不是跳过。
    private static Task SkipUnlessAllowed() =>
        SkipUnless("sh", ["-c", $"unshare --mount sh -c '{Mount}' || unshare --user --map-root-user --mount sh -c '{Mount}'"]);

    private static async Task SkipUnless(string file, string[] args)
    {
        Finished? trial = File.Exists(file) || File.Exists("/usr/bin/" + file) ? await Suite.External(file, args).Finish() : null;
        Assert.SkipUnless(trial?.ExitCode == 0, $"这个系统不允许：{file} {string.Join(' ', args)}：{trial?.Error ?? "没有这个命令"}");
    }

    private static string MountsOfShm() => string.Join('\n', File.ReadLines("/proc/self/mountinfo").Where(line => line.Split(' ')[4] == "/dev/shm"));

    private static long SizeOfObject(int pid)
    {
        string? path = Outside.OpenFiles(pid).FirstOrDefault(open => open.Target.Contains("/ShmFull-") && open.Target.EndsWith(" (deleted)", StringComparison.Ordinal)).Path;
        if (path is null) return -1;
        using FileStream stream = File.OpenRead(path);
        return stream.Length;
    }
}
