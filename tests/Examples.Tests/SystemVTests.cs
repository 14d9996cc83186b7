using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>22 System V 的共享内存。</summary>
public sealed partial class SystemVTests : IDisposable
{
    private const string Project = "22-SystemV";

    // 键全机器共用，凭随机互不相干。
    private readonly int _key = Random.Shared.Next(1, int.MaxValue);

    private string Key => _key.ToString(CultureInfo.InvariantCulture);

    public unsafe void Dispose()
    {
        if (shmget(_key, 0, 0) is >= 0 and var shm) shmctl(shm, IPC_RMID, null);
        if (semget(_key, 0, 0) is >= 0 and var sem) semctl(sem, 0, IPC_RMID);
    }

    [Fact]
    [Trait("Statement", "V1")]
    [Trait("Statement", "V2")]
    [Trait("Statement", "V3")]
    [Trait("Statement", "V4")]
    [Trait("Statement", "V5")]
    [Trait("Statement", "V6")]
    public async Task It_shows_key_life_removal_and_limits_and_leaves_nothing()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        foreach (Finished run in runs)
        {
            run.ShouldObserveAsExpected();
            int key = int.Parse(SysvName().Match(run.Holds("V1", "有 1 行")).Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            string word = run.Holds("V2", "附着 0 次", "段还在").Split("读到 ")[1];
            run.Holds("V3", "5001 字节").ShouldEndWith("EINVAL");
            run.Holds("V4", "凭键得到 ENOENT", "凭编号还能再附上，成功");
            run.Holds("V5", $"读得到 {word}；", "shmat 得到 EINVAL").ShouldEndWith("剩下 0 行");
            run.Reported("V6", $"{File.ReadAllText("/proc/sys/kernel/shmmni").Trim()} 段");
            Table("shm", key).ShouldBeEmpty();
        }

        runs[0].Holds("V2").ShouldNotBe(runs[1].Holds("V2"));
    }

    [Fact]
    [Trait("Statement", "V1")]
    public async Task Any_message_arrives_and_nothing_is_left()
    {
        foreach (string message in (string[])["", RandomText.Next(7), RandomText.Next(9000, "共享内存 👋🏽 ")])
        {
            Finished sender = (await Suite.Run(Project, "send", Key, message)).ShouldSucceed();
            sender.Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
            string[] segment = Table("shm", _key).ShouldHaveSingleItem();
            segment[2].ShouldBe("600");
            segment[3].ShouldBe($"{System.Text.Encoding.UTF8.GetByteCount(message) + 1}");
            Table("sem", _key).ShouldHaveSingleItem();

            Finished receiver = (await Suite.Run(Project, "receive", Key)).ShouldSucceed();

            receiver.Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
            Table("shm", _key).ShouldBeEmpty();
            Table("sem", _key).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Without_a_sender_or_before_the_last_message_is_taken_it_says_what_to_do()
    {
        (await Suite.Run(Project, "receive", Key)).ShouldFailWith("shmget(", "ENOENT", "先运行 send。");

        (await Suite.Run(Project, "send", Key, "first")).ShouldSucceed();
        (await Suite.Run(Project, "send", Key, "second")).ShouldFailWith("shmget(", "EEXIST", "先运行 receive");

        (await Suite.Run(Project, "receive", Key)).ShouldSucceed().Output.ShouldEndWith(" recv:first\n");
    }

    [Fact]
    public async Task Where_a_segment_nobody_is_attached_to_is_destroyed_it_says_so_and_leaves_nothing()
    {
        const string Script = "echo 1 > /proc/sys/kernel/shm_rmid_forced && { \"$@\"; echo $?; wc -l < /proc/sysvipc/shm; wc -l < /proc/sysvipc/sem; }";
        Finished run = await Suite.External("unshare", "--ipc", "sh", "-c", Script, "sh", Suite.Executable(Project), "send", Key, "x").Finish();
        Assert.SkipWhen(run.ExitCode != 0, $"做不到另一个 IPC 命名空间：{run.Error}");

        // 两张表里只有表头。
        run.Lines.ShouldBe(["1", "1", "1"]);
        run.Error.ShouldContain("shm_rmid_forced 是 1");
    }

    [Fact]
    public async Task A_key_that_somebody_else_uses_is_not_said_to_be_ones_own()
    {
        shmget(_key, 100, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W).ShouldBeGreaterThanOrEqualTo(0);

        Finished run = await (await Elsewhere.AsNobody(Suite.Executable(Project), "send", Key, "x")).Finish();

        run.ShouldFailWith("EEXIST", "看 ipcs 的属主", "是别人的，换一个键");
    }

    [Theory]
    [InlineData("SIGINT")]
    [InlineData("删除信号量")]
    public async Task A_receiver_waits_for_the_post_and_can_be_ended(string how)
    {
        int shm = shmget(_key, 100, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W), sem = semget(_key, 1, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W);
        Math.Min(shm, sem).ShouldBeGreaterThanOrEqualTo(0);
        await using var receiver = new Running(Suite.Command(Project, "receive", Key));
        await receiver.Says($"等待 send 在键 {Key} 的信号量上加 1");
        await Eventually.True(() => Table("sem", _key).Length == 1 && Outside.IsSleeping(receiver.Pid), "它睡着等");

        if (how == "SIGINT") receiver.Send(SIGINT);
        else semctl(sem, 0, IPC_RMID).ShouldBe(0);

        Finished run = await receiver.Finish();
        run.ExitCode.ShouldBe(how == "SIGINT" ? 128 + (int)SIGINT : 1);
        run.Output.ShouldBeEmpty();
        if (how != "SIGINT") run.Error.ShouldContain("EIDRM");

        // 没有取走的，不是它的，不删。
        Table("shm", _key).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_segment_of_someone_else_open_to_all_is_not_believed()
    {
        const IpcFlags Everyone = (IpcFlags)0b110_110_110;
        shmget(_key, 100, IPC_CREAT | IPC_EXCL | Everyone).ShouldBeGreaterThanOrEqualTo(0);
        int sem = semget(_key, 1, IPC_CREAT | IPC_EXCL | Everyone);
        Post(sem).ShouldBe(0);

        Finished run = await (await Elsewhere.AsNobody(Suite.Executable(Project), "receive", Key)).Finish();

        run.ShouldFailWith($"键 {Key} 属于用户 {geteuid()}", "换一个键");
        Table("shm", _key).ShouldHaveSingleItem();

        static unsafe int Post(int sem)
        {
            sembuf_t post = new() { sem_op = 1 };
            return semop(sem, &post, 1);
        }
    }

    [Fact]
    public async Task A_receiver_that_cannot_print_leaves_the_message_to_the_next()
    {
        string message = RandomText.Next(20);
        (await Suite.Run(Project, "send", Key, message)).ShouldSucceed();

        (await Suite.External("/bin/sh", "-c", "exec \"$@\" > /dev/full", "sh", Suite.Executable(Project), "receive", Key).Finish()).ExitCode.ShouldBe(1);

        (await Suite.Run(Project, "receive", Key)).ShouldSucceed().Output.ShouldEndWith($" recv:{message}\n");
    }

    [Fact]
    public async Task A_segment_too_large_to_be_a_message_is_left_alone()
    {
        int size = (1 << 20) + 1;
        int shm = shmget(_key, (nuint)size, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W), sem = semget(_key, 1, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W);
        Math.Min(shm, sem).ShouldBeGreaterThanOrEqualTo(0);

        (await Suite.Run(Project, "receive", Key)).ShouldFailWith($"，{size} 字节", "换一个键");

        Table("shm", _key).ShouldHaveSingleItem();
    }

    // /proc/sysvipc 下的表里，键是它的各行。
    private static string[][] Table(string kind, int key) => [.. File.ReadLines($"/proc/sysvipc/{kind}")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(columns => columns[0] == key.ToString(CultureInfo.InvariantCulture))];

    [GeneratedRegex("/SYSV([0-9a-f]{8}) ")]
    private static partial Regex SysvName();
}
