using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Faults;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>16 在 .NET 里怎样做：有名对象的回答，以及与 10 的两个程序互通。</summary>
public sealed class DotNetWayTests : IDisposable
{
    private const string Project = "16-DotNetWay";
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";
    private const string NoSuchFile = "ENOENT (No such file or directory)";

    private readonly ShmName _shm = new();

    public void Dispose() => _shm.Dispose();

    [Fact]
    [Trait("Statement", "H1")]
    [Trait("Statement", "K1")]
    public async Task Named_objects_are_refused_except_the_mutex_and_the_exchange_works_without_them()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        string[] rows = [.. run.Lines.Where(Observation.IsTable)];
        string[] apis = [.. rows.Select(row => row.Trim().Split('(')[0])];
        apis.ShouldBe(["MemoryMappedFile.CreateOrOpen", "MemoryMappedFile.CreateNew", "MemoryMappedFile.OpenExisting", "new Semaphore", "new EventWaitHandle"]);
        rows.ShouldAllBe(row => row.EndsWith(" PlatformNotSupportedException", StringComparison.Ordinal));
        run.Holds("H1", "MemoryMappedFile 都不支持");
        run.Holds("K1", "Semaphore 和 EventWaitHandle 都不支持");
        run.Holds("K1", "Mutex").ShouldEndWith("得到 AbandonedMutexException");
        Match written = Regex.Match(run.Holds("H1", "写入"), "写入 ([0-9]+)：文件里也是 \\1$");
        written.Success.ShouldBeTrue(run.Output);
        double root = Math.Sqrt(long.Parse(written.Groups[1].Value, CultureInfo.InvariantCulture));
        run.Holds("K1", "平方根").ShouldEndWith(string.Create(CultureInfo.InvariantCulture, $"：{root}"));
        run.Observations.Length.ShouldBe(5);
    }

    [Fact]
    public async Task The_number_and_its_root_are_fresh_in_each_run()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs[0].Holds("H1", "写入").ShouldNotBe(runs[1].Holds("H1", "写入"));
        runs[0].Holds("K1", "平方根").ShouldNotBe(runs[1].Holds("K1", "平方根"));
    }

    [Fact]
    public async Task Where_NET_cannot_create_its_mutex_the_answer_is_reported_and_the_rest_is_shown()
    {
        // 先运行一遍，/tmp/.dotnet 就一定有了；再盖上一个只读的。
        Command command = await Elsewhere.WithOwnShm("1m", "\"$1\" > \"$2\" && mount -t tmpfs -o ro tmpfs /tmp/.dotnet && \"$1\"", Suite.Executable(Project), "/dev/null");

        Finished run = (await command.Finish()).ShouldObserveAsExpected();

        run.Reported("K1", "Mutex 在这里创建不了").ShouldContain("/tmp/.dotnet");
        run.Holds("K1", "平方根");
        run.Observations.Length.ShouldBe(5);
    }

    /// <summary>发送方与接收方的全部搭配，至少一方是这个项目；每种搭配各收发几种消息。</summary>
    public static TheoryData<bool, bool, string> Pairs()
    {
        var pairs = new TheoryData<bool, bool, string>();
        foreach ((bool ours, bool theirs) in new[] { (true, true), (true, false), (false, true) })
        {
            foreach (string message in (string[])["", RandomText.Next(9), RandomText.Next(10), RandomText.Next(4000), RandomText.Next(7, "共享内存 "), RandomText.Next(7, "👋🏽🐧 ")])
            {
                pairs.Add(ours, theirs, message);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs), DisableDiscoveryEnumeration = true)]
    [Trait("Statement", "K1")]
    public async Task It_talks_to_section_10_in_both_directions_byte_for_byte(bool dotNetSends, bool dotNetReceives, string message)
    {
        Finished sender = await (dotNetSends ? Suite.Run(Project, "send", _shm.Name, message) : Suite.Run(Sender, _shm.Name, message));
        byte[] left = File.ReadAllBytes(_shm.ObjectFile);
        Finished receiver = await (dotNetReceives ? Suite.Run(Project, "receive", _shm.Name) : Suite.Run(Receiver, _shm.Name));

        sender.ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        left.ShouldBe([.. bytes, .. new byte[Math.Max(10 - bytes.Length, 1)]]);
        receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task Without_names_both_roles_use_memmap_like_section_10()
    {
        // 默认的名字整机共用，所以放进私有的 /dev/shm。
        Command pair = await Elsewhere.WithOwnShm("1m", "\"$1\" send && ls /dev/shm && \"$1\" receive && ls /dev/shm", Suite.Executable(Project));

        Finished run = await pair.Finish();

        run.ShouldSucceed().Lines.Length.ShouldBe(4);
        run.Lines[0].ShouldEndWith(" send:yuki...");
        run.Lines[1..3].ShouldBe(["memmap", "sem.memmap_sem"]);
        run.Lines[3].ShouldEndWith(" recv:yuki...");
    }

    [Fact]
    [Trait("Statement", "X8")]
    public async Task What_it_sends_is_for_its_owner_alone_and_posted_once()
    {
        (await Suite.Run(Project, "send", _shm.Name)).ShouldSucceed();

        File.ReadAllBytes(_shm.ObjectFile).ShouldBe("yuki...\0\0\0"u8.ToArray());
        File.GetUnixFileMode(_shm.ObjectFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(_shm.SemaphoreFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _shm.TakePosts().ShouldBe(1);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5000)]
    [Trait("Statement", "X7")]
    public async Task The_sender_takes_over_an_object_nobody_finished(int size)
    {
        // 死在半路的发送方留下的：有内容，没有 post。
        File.WriteAllBytes(_shm.ObjectFile, [.. Enumerable.Repeat((byte)'x', size)]);
        _shm.CreateSemaphore(0);
        string text = RandomText.Next(12);

        (await Suite.Run(Project, "send", _shm.Name, text)).ShouldSucceed();

        File.ReadAllText(_shm.ObjectFile).ShouldBe(text + '\0');
        _shm.TakePosts().ShouldBe(1);
    }

    [Fact]
    [Trait("Statement", "X7")]
    public async Task A_message_nobody_has_read_is_not_overwritten_and_is_still_received()
    {
        string first = RandomText.Next(20);
        (await Suite.Run(Project, "send", _shm.Name, first)).ShouldSucceed();

        (await Suite.Run(Project, "send", _shm.Name, RandomText.Next(20))).ShouldFailWith("还没有人取走", "先运行 receive", "rm " + _shm.SemaphoreFile);

        (await Suite.Run(Project, "receive", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{first}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task Posts_without_an_object_are_not_taken_for_messages_and_the_sender_leaves_them()
    {
        _shm.CreateSemaphore(3);

        (await Suite.Run(Project, "send", _shm.Name)).ShouldFailWith("的值是 3", "rm " + _shm.SemaphoreFile);

        File.Exists(_shm.ObjectFile).ShouldBeFalse();
        _shm.TakePosts().ShouldBe(3);
    }

    [Fact]
    [Trait("Statement", "X7")]
    public async Task A_sender_killed_while_it_says_what_it_sent_has_sent_it()
    {
        string text = RandomText.Next(20);
        using var pipe = new FullPipe();

        await using Running sender = pipe.Start(Project, "send", _shm.Name, text);
        await Eventually.True(() => File.Exists(_shm.SemaphoreFile) && File.ReadAllBytes(_shm.SemaphoreFile) is [1, ..], "信号量的值成了 1");
        sender.Send(SIGKILL);
        await sender.Finish();

        (await Suite.Run(Project, "receive", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task A_sender_waits_for_the_lock_and_starts_over_when_the_object_has_lost_its_name()
    {
        int fd = shm_open(_shm.Name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
        flock(fd, LOCK_EX).ShouldBe(0);
        string text = RandomText.Next(20);
        await using var sender = new Running(Suite.Command(Project, "send", _shm.Name, text));
        await sender.Says($"等待别的进程放开 {_shm.Name} 上的锁");

        // 放开之前名字就没有了：等到锁的发送方不能写进这一个，没有人读得到。
        shm_unlink(_shm.Name).ShouldBe(0);
        close(fd).ShouldBe(0);

        (await sender.Finish()).ShouldSucceed();
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    [Trait("Statement", "X5")]
    public async Task A_waiting_receiver_says_so_and_gets_the_message_that_comes_later()
    {
        // 大小为 0 的对象：先映射后等待的接收方会在这里失败。
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(0);
        string text = RandomText.Next(20);
        await using var receiver = new Running(Suite.Command(Project, "receive", _shm.Name));
        await receiver.Says($"等待发送方在信号量 {_shm.Name}_sem 上 sem_post");

        (await Suite.Run(Project, "send", _shm.Name, text)).ShouldSucceed();

        (await receiver.Finish()).ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(SIGINT)]
    [InlineData(SIGTERM)]
    [Trait("Statement", "X6")]
    public async Task A_receiver_nobody_posts_to_dies_of_the_signal(Signal signal)
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        _shm.CreateSemaphore(0);
        await using var receiver = new Running(Suite.Command(Project, "receive", _shm.Name));
        await receiver.Says("等待发送方");

        receiver.Send(signal);

        (await receiver.Finish()).ExitCode.ShouldBe(128 + (int)signal);
    }

    [Fact]
    public async Task The_receiver_first_says_run_the_sender_and_creates_nothing()
    {
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith($"shm_open(\"{_shm.Name}\", O_RDONLY | O_NONBLOCK, 0)", NoSuchFile, "先运行 send");
        _shm.ShouldBeGone();

        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith($"sem_open(\"{_shm.Name}_sem\", 0)", NoSuchFile, "先运行 send");
        File.Exists(_shm.SemaphoreFile).ShouldBeFalse();
    }

    [Fact]
    public async Task An_object_that_is_empty_or_has_no_NUL_does_not_lead_the_receiver_outside()
    {
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(1);
        Finished empty = await Suite.Run(Project, "receive", _shm.Name);
        empty.ExitCode.ShouldBe(1);
        empty.Output.ShouldBeEmpty();
        empty.Error.ShouldEndWith("共享内存对象是空的，发送方没有给它定下大小；让它再发送一次。\n");

        string text = RandomText.Next(10);
        File.WriteAllText(_shm.ObjectFile, text);
        File.Delete(_shm.SemaphoreFile);
        _shm.CreateSemaphore(1);
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a/b")]
    public async Task A_name_with_an_inner_slash_or_none_at_all_is_EINVAL(string name)
    {
        (await Suite.Run(Project, "send", name)).ShouldFailWith($"shm_open(\"{name}\", ", "EINVAL (Invalid argument)", "名字形如 /memmap");
        (await Suite.Run(Project, "receive", name)).ShouldFailWith($"shm_open(\"{name}\", ", "EINVAL (Invalid argument)", "名字形如 /memmap");
    }

    [Theory]
    [InlineData(248)]
    [InlineData(255)]
    [InlineData(256)]
    public async Task A_name_too_long_for_the_semaphore_leaves_no_object_behind(int length)
    {
        string name = _shm.Name.PadRight(length + 1, 'x');

        (await Suite.Run(Project, "send", name)).ShouldFailWith(length <= 255 ? "sem_open(" : "shm_open(", length <= 255 ? "至多 251 字节" : "至多 255 字节");

        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task A_symbolic_link_under_the_name_is_not_followed()
    {
        using var temp = new TempFolder();
        File.WriteAllText(temp["victim"], "untouched");
        File.CreateSymbolicLink(_shm.ObjectFile, temp["victim"]);

        (await Suite.Run(Project, "send", _shm.Name)).ShouldFailWith("shm_open(", "ELOOP");

        File.ReadAllText(temp["victim"]).ShouldBe("untouched");
    }

    [Fact]
    [Trait("Statement", "X9")]
    public async Task A_full_dev_shm_is_an_error_without_SIGBUS_and_leaves_neither_name()
    {
        // 两页的 tmpfs：信号量占一页，放得下；8000 字节的消息要两页，放不下。
        Command full = await Elsewhere.WithOwnShm("8k", "\"$1\" send /full \"$2\"; code=$?; ls -A /dev/shm; exit $code", Suite.Executable(Project), RandomText.Next(8000));

        (await full.Finish()).ShouldFailWith("write(", "ENOSPC (No space left on device)");
    }

    [Fact]
    public async Task A_receiver_that_cannot_print_leaves_the_message_for_the_next_one()
    {
        string text = RandomText.Next(20);
        (await Suite.Run(Project, "send", _shm.Name, text)).ShouldSucceed();

        // 打印不出来：/dev/full 总是 ENOSPC。
        Finished run = await Suite.External("/bin/sh", "-c", "exec \"$1\" receive \"$2\" > /dev/full", "sh", Suite.Executable(Project), _shm.Name).Finish();

        run.ShouldFailWith("No space left on device");
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task A_sender_that_fails_takes_back_the_object_it_created_and_leaves_a_semaphore_that_was_there()
    {
        // 两页的 tmpfs：信号量占一页，放得下；8000 字节的消息要两页，放不下。信号量是先前就有的，值是 0。
        _shm.CreateSemaphore(0);
        Command full = await Elsewhere.WithOwnShm("8k", "echo \"$3\" | base64 -d > /dev/shm/sem.x_sem; \"$1\" send /x \"$2\"; ls -A /dev/shm", Suite.Executable(Project), RandomText.Next(8000), Convert.ToBase64String(File.ReadAllBytes(_shm.SemaphoreFile)));

        Finished run = await full.Finish();

        run.Error.ShouldContain("ENOSPC (No space left on device)");
        run.Lines.ShouldBe(["sem.x_sem"]);
    }

    [Theory]
    [InlineData(SIGTERM)]
    [InlineData(SIGINT)]
    public async Task Ended_half_way_it_leaves_no_name_and_no_child(Signal signal)
    {
        await using Arena arena = await Arena.Open();
        Assert.SkipUnless(arena.IsPrivate, "这里不能建挂载命名空间，/dev/shm 里的名字分不清是谁的");
        await using var run = new Running(arena.Command(Suite.Executable(Project)));
        int child = 0;
        await Eventually.True(() => run.Children is [var pid] && Outside.CommandLine(child = pid).Contains("answer") && kill(pid, SIGSTOP) == 0, "停住答题的子进程");
        arena.Left().Length.ShouldBe(2);

        run.Send(signal);
        await Eventually.True(() => !Outside.IsRunning(run.Pid), "父进程结束");
        arena.Left().ShouldBeEmpty();

        // 子进程若还没来得及说「父进程死了我也死」，继续之后自己看得出父进程已经不在。
        kill(child, SIGCONT);
        (await run.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        await Eventually.True(() => !Outside.IsRunning(child), "子进程随父进程结束");
        arena.Left().ShouldBeEmpty();
    }
}
