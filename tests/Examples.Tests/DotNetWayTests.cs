using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using CliWrap;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>16 在 .NET 里怎样做：命名对象的回答，以及与 10 的两个程序互通。</summary>
public sealed class DotNetWayTests : IDisposable
{
    private const string Project = "16-DotNetWay";
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";
    private const string NoSuchFile = "ENOENT (No such file or directory)";
    private const string Refused = "看到 PlatformNotSupportedException";

    private readonly ShmName _shm = new();

    public void Dispose() => _shm.Dispose();

    [Fact]
    [Trait("Statement", "H1")]
    [Trait("Statement", "K1")]
    public async Task Named_objects_are_refused_except_the_mutex_and_the_exchange_works_without_them()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        foreach (string api in (string[])["CreateOrOpen", "CreateNew", "OpenExisting"])
        {
            run.Observation("H1", $"MemoryMappedFile.{api}").ShouldEndWith(Refused);
        }

        run.Observation("K1", "带名字的 Semaphore").ShouldEndWith(Refused);
        run.Observation("K1", "带名字的 EventWaitHandle").ShouldEndWith(Refused);
        run.Observation("K1", "带名字的 Mutex").ShouldEndWith("看到 被占用");
        string file = run.Observation("H1", $"/dev/shm/DotNetWay-{run.Pid}");
        string message = file[(file.IndexOf("看到 ", StringComparison.Ordinal) + "看到 ".Length)..];
        message.ShouldStartWith("你好🙂");
        run.Observation("K1", "receive").ShouldEndWith($"看到 recv:{message}");
        run.Observation("X8", "权限").ShouldEndWith("看到 600");
        run.Observation("X7", "receive").ShouldEndWith("看到 2、0");
        run.Observation("K1", "结构视图");
        run.Lines.Length.ShouldBe(11);
        ShouldLeaveNothing(run.Pid);
    }

    [Fact]
    public async Task The_message_and_the_question_are_fresh_in_each_run()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        string[] exchanged = [.. runs.Select(run => Seen(run.ShouldObserveAsExpected().Observation("K1", "receive")))];
        string[] answered = [.. runs.Select(run => Seen(run.Observation("K1", "结构视图")))];

        exchanged[0].ShouldNotBe(exchanged[1]);
        answered[0].ShouldNotBe(answered[1]);
        ShouldLeaveNothing(runs[0].Pid);
        ShouldLeaveNothing(runs[1].Pid);

        static string Seen(string line) => line[line.LastIndexOf("看到", StringComparison.Ordinal)..];
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
        // 默认的名字全机器共用，所以放进私有的 /dev/shm。
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
    public async Task The_sender_takes_over_a_stale_object_and_takes_back_stale_posts(int size)
    {
        File.WriteAllBytes(_shm.ObjectFile, [.. Enumerable.Repeat((byte)'x', size)]);
        _shm.CreateSemaphore(3);
        string text = RandomText.Next(12);

        (await Suite.Run(Project, "send", _shm.Name, text)).ShouldSucceed();

        File.ReadAllText(_shm.ObjectFile).ShouldBe(text + '\0');
        _shm.TakePosts().ShouldBe(1);
    }

    [Fact]
    [Trait("Statement", "X7")]
    public async Task A_sender_killed_half_way_through_a_second_message_leaves_no_post_behind()
    {
        (await Suite.Run(Project, "send", _shm.Name)).ShouldSucceed();
        string second = RandomText.Next(20);
        using var pipe = new FullPipe();

        await using Running sender = pipe.Start(Project, "send", _shm.Name, second);
        await Eventually.True(() => File.ReadAllText(_shm.ObjectFile).StartsWith(second, StringComparison.Ordinal), "第二条消息写进内存");
        sender.Send(SIGKILL);
        await sender.Finish();

        _shm.TakePosts().ShouldBe(0);
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
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith($"shm_open(\"{_shm.Name}\", O_RDONLY | O_NONBLOCK)", NoSuchFile, "先在另一个终端运行 send");
        _shm.ShouldBeGone();

        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith($"sem_open(\"{_shm.Name}_sem\", 0)", NoSuchFile, "先在另一个终端运行 send");
        File.Exists(_shm.SemaphoreFile).ShouldBeFalse();
    }

    [Fact]
    public async Task An_object_that_is_empty_or_has_no_NUL_does_not_lead_the_receiver_outside()
    {
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(1);
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith("对象是空的");

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

        (await Suite.Run(Project, "send", name)).ShouldFailWith(length <= 255 ? "sem_open(" : "shm_open(", "至多 251 字节");

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
    public async Task Ended_half_way_it_leaves_neither_name()
    {
        using var pipe = new FullPipe();
        await using Running run = pipe.Start(Project);

        // 它停在第一行输出，这时收尾已经登记。替它造出两个名字，看信号来了它删不删。
        await Eventually.True(() => WritesToAPipe(run.Pid), "停在第一行输出");
        File.WriteAllBytes($"/dev/shm/DotNetWay-{run.Pid}", []);
        File.WriteAllBytes($"/dev/shm/sem.DotNetWay-{run.Pid}_sem", []);
        run.Send(SIGTERM);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        ShouldLeaveNothing(run.Pid);
    }

    /// <summary>主线程正停在 write(2) 里，写的是标准输出那根管道。</summary>
    private static bool WritesToAPipe(int pid)
    {
        // 系统调用的编号和参数：x64 的 write 是 1，arm64 是 64。
        string[] call = File.ReadAllText($"/proc/{pid}/syscall").Split(' ');
        if (call.Length < 2 || call[0] != (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "64" : "1")) return false;
        long fd = long.Parse(call[1].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new FileInfo($"/proc/{pid}/fd/{fd}").LinkTarget == new FileInfo($"/proc/{pid}/fd/1").LinkTarget;
    }

    private static void ShouldLeaveNothing(int pid)
    {
        File.Exists($"/dev/shm/DotNetWay-{pid}").ShouldBeFalse();
        File.Exists($"/dev/shm/sem.DotNetWay-{pid}_sem").ShouldBeFalse();
    }
}
