using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>/dev/shm 只读、没有、满了，描述符用完：一行说得清的错误，不崩溃，不挂住，不留东西。</summary>
public sealed class ShortageTests
{
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";

    // 两个程序依次运行，各自的退出码和报错；最后列出 /dev/shm。
    private const string Both = "\"$1\" /x y; echo $?; \"$2\" /x; echo $?; \"$3\" send /x y; echo $?; \"$3\" receive /x; echo $?; ls -A /dev/shm";

    private static string[] Programs => [Suite.Executable(Sender), Suite.Executable(Receiver), Suite.Executable("16-DotNetWay")];

    [Fact]
    public async Task A_read_only_dev_shm_is_EROFS_for_the_senders_and_run_the_sender_for_the_receivers()
    {
        Command command = await Elsewhere.WithOwnShm("1m,ro", Both, Programs);

        Finished run = await command.Finish();

        run.Output.ShouldBe("1\n1\n1\n1\n");
        ShouldSay(run, ["EROFS (Read-only file system)", "先运行 Sender", "EROFS (Read-only file system)", "先运行 send"]);
    }

    [Fact]
    public async Task Without_dev_shm_the_sender_says_how_to_mount_it()
    {
        // 只搬走 /dev/shm：/dev 换成一个新的 tmpfs，里面放回程序要用的几个设备。
        const string hide = "d=$(mktemp -d); mount -t tmpfs tmpfs \"$d\"; for n in null zero urandom tty full; do : > \"$d/$n\"; mount --bind /dev/$n \"$d/$n\"; done; "
            + "ln -s /proc/self/fd \"$d/fd\"; mount --move \"$d\" /dev; rmdir \"$d\"; ";
        Command command = await Elsewhere.WithOwnShm("1m", hide + "\"$1\" /x y; echo $?; \"$2\" /x; echo $?; \"$3\" send /x y; echo $?; ls -d /dev/shm 2>&1", Programs);

        Finished run = await command.Finish();

        Assert.SkipWhen(run.Error.Contains("mount:"), $"这里不能换掉 /dev：{run.Error}");
        run.Output.ShouldStartWith("1\n1\n1\n");
        run.Output.ShouldContain("/dev/shm");
        ShouldSay(run, ["看 ls -ld /dev/shm", "先运行 Sender", "看 ls -ld /dev/shm"]);
    }

    [Fact]
    public async Task The_anonymous_pair_and_the_file_pair_need_no_dev_shm()
    {
        using var temp = new TempFolder();
        Command command = await Elsewhere.WithOwnShm("1m,ro", "\"$1\" && \"$2\" \"$4\" 7 && \"$3\" \"$4\"",
            Suite.Executable("05-AnonymousMapping"), Suite.Executable("06-FileMapping/Writer"), Suite.Executable("06-FileMapping/Reader"), temp["f"]);

        (await command.Finish()).ShouldSucceed().Lines.Length.ShouldBe(4);
    }

    [Theory]
    [InlineData("4k", "head -c 4096 /dev/zero > /dev/shm/fill; ", "sem_open(")]
    [InlineData("1m,nr_inodes=2", ": > /dev/shm/fill; ", "shm_open(")]
    public async Task A_dev_shm_without_room_for_even_the_semaphore_or_the_name_is_ENOSPC_and_leaves_nothing(string size, string fill, string call)
    {
        Command command = await Elsewhere.WithOwnShm(size, fill + "\"$1\" /x y; echo $?; \"$2\" send /x y; echo $?; ls -A /dev/shm", Programs[0], Programs[2]);

        Finished run = await command.Finish();

        run.Output.ShouldBe("1\n1\nfill\n");
        ShouldSay(run, [call, call]);
        run.Error.Split("ENOSPC (No space left on device)").Length.ShouldBe(3, run.Error);
    }

    [Theory]
    [InlineData(95)]
    [InlineData(40)]
    [InlineData(33)]
    public async Task Too_few_descriptors_are_said_in_one_line_and_leave_nothing(int limit)
    {
        using var shm = new ShmName();
        using var temp = new TempFolder();

        foreach (string[] line in (string[][])[[Programs[0], shm.Name], [Programs[1], shm.Name], [Programs[2], "send", shm.Name], [Suite.Executable("06-FileMapping/Writer"), temp["f"]], [Suite.Executable("05-AnonymousMapping")]])
        {
            Finished run = await Suite.External("/bin/sh", ["-c", $"ulimit -n {limit}; exec \"$@\"", "sh", .. line]).Finish();

            run.ShouldFailWith("getrlimit(RLIMIT_NOFILE)", "ulimit -n");
        }

        shm.ShouldBeGone();
        Directory.GetFileSystemEntries(temp.Folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(18)]
    [InlineData(24)]
    [InlineData(27)]
    public async Task With_still_fewer_the_runtime_itself_fails_but_never_silently(int limit)
    {
        using var shm = new ShmName();

        Finished run = await Suite.External("/bin/sh", "-c", $"ulimit -c 0; ulimit -n {limit}; exec \"$1\" \"$2\"", "sh", Programs[0], shm.Name).Finish();

        run.ExitCode.ShouldNotBe(0);
        run.Error.ShouldNotBeEmpty();
        shm.ShouldBeGone();
    }

    private static void ShouldSay(Finished run, string[] lines)
    {
        string[] said = run.Complaints;
        said.Length.ShouldBe(lines.Length, run.Error);
        for (int i = 0; i < lines.Length; i++) said[i].ShouldContain(lines[i]);
    }
}
