using System.Text;
using CliWrap;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>10 共享内存对象加信号量：发送一条消息。</summary>
public sealed class ShmSemaphoreTests : IDisposable
{
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";
    private const string NoSuchFile = "ENOENT (No such file or directory)";
    private const string RunSenderFirst = "先运行 Sender。";

    private readonly ShmName _shm = new();

    public void Dispose() => _shm.Dispose();

    private Task<Finished> ToFullDevice(string project) =>
        Suite.External("/bin/sh", "-c", "exec \"$1\" \"$2\" > /dev/full", "sh", Suite.Executable(project), _shm.Name).Finish();

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Without_a_message_yuki_goes_from_sender_to_receiver()
    {
        Finished sender = await Suite.Run(Sender, _shm.Name);
        Finished receiver = await Suite.Run(Receiver, _shm.Name);

        sender.ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:yuki...\n");
        sender.Error.ShouldMatch($"^发送方 {sender.Pid}：映射在 0x[0-9a-f]+\n$");
        sender.Complaints.ShouldBeEmpty();
        receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:yuki...\n");
        receiver.Error.ShouldContain(_shm.Name + "_sem");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task Without_arguments_both_use_memmap_and_memmap_sem()
    {
        // 默认的名字全机器共用，所以放进私有的 /dev/shm。
        Command pair = await Elsewhere.WithOwnShm("1m", "\"$1\" && ls /dev/shm && \"$2\" && ls /dev/shm", Suite.Executable(Sender), Suite.Executable(Receiver));

        Finished run = await pair.Finish();

        run.ShouldSucceed().Lines.Length.ShouldBe(4);
        run.Lines[0].ShouldEndWith(" send:yuki...");
        run.Lines[1..3].ShouldBe(["memmap", "sem.memmap_sem"]);
        run.Lines[3].ShouldEndWith(" recv:yuki...");
    }

    public static TheoryData<string> Messages() =>
    [
        "", RandomText.Next(9), RandomText.Next(10), RandomText.Next(11), RandomText.Next(4000),
        RandomText.Next(7, "共享内存 "), RandomText.Next(7, "👋🏽🐧 "), RandomText.Next(7, "两行\n"), RandomText.Next(9, "  空格  ") + " ",
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    [Trait("Statement", "K1")]
    [Trait("Statement", "B3")]
    public async Task Any_message_arrives_byte_for_byte(string message)
    {
        Finished sender = await Suite.Run(Sender, _shm.Name, message);
        byte[] left = File.ReadAllBytes(_shm.ObjectFile);
        Finished receiver = await Suite.Run(Receiver, _shm.Name);

        sender.ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        left.ShouldBe([.. bytes, .. new byte[Math.Max(10 - bytes.Length, 1)]]);
        receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    [Trait("Statement", "A3")]
    [Trait("Statement", "I4")]
    public async Task The_sender_leaves_an_object_and_a_semaphore_of_value_1_for_its_owner_alone()
    {
        (await Suite.Run(Sender, _shm.Name)).ShouldSucceed();

        File.ReadAllBytes(_shm.ObjectFile).ShouldBe("yuki...\0\0\0"u8.ToArray());
        File.GetUnixFileMode(_shm.ObjectFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(_shm.SemaphoreFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _shm.TakePosts().ShouldBe(1);
    }

    [Fact]
    [Trait("Statement", "H1")]
    public async Task The_receiver_reads_what_the_articles_sender_leaves()
    {
        // 10 字节的对象，消息只占前面几个字节，权限 0666 去掉 umask。
        string text = RandomText.Next(6);
        File.WriteAllBytes(_shm.ObjectFile, Encoding.UTF8.GetBytes(text + "\0\0\0\0"));
        _shm.CreateSemaphore(1);

        Finished receiver = await Suite.Run(Receiver, _shm.Name);

        receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task Bytes_without_an_end_are_read_up_to_the_size_of_the_object()
    {
        string text = RandomText.Next(10);
        File.WriteAllText(_shm.ObjectFile, text);
        _shm.CreateSemaphore(1);

        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
    }

    [Fact]
    public async Task An_empty_object_is_an_error_for_the_receiver()
    {
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(1);

        Finished receiver = await Suite.Run(Receiver, _shm.Name);

        receiver.ExitCode.ShouldBe(1);
        receiver.Output.ShouldBeEmpty();
        receiver.Error.ShouldContain("mmap(null, 0, PROT_READ, MAP_SHARED, fd, 0)");
        receiver.Error.ShouldContain("EINVAL (Invalid argument)");
    }

    [Fact]
    public async Task The_receiver_first_says_run_the_sender_and_creates_nothing()
    {
        (await Suite.Run(Receiver, _shm.Name)).ShouldFailWith($"shm_open(\"{_shm.Name}\", ", NoSuchFile, RunSenderFirst);

        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task An_object_without_a_semaphore_is_the_same_to_the_receiver()
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);

        (await Suite.Run(Receiver, _shm.Name)).ShouldFailWith($"sem_open(\"{_shm.Name}_sem\", ", NoSuchFile, RunSenderFirst);

        File.Exists(_shm.SemaphoreFile).ShouldBeFalse();
    }

    [Fact]
    public async Task A_receiver_nobody_posts_to_says_what_it_waits_for_and_dies_of_SIGINT()
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        _shm.CreateSemaphore(0);
        await using var receiver = new Running(Suite.Command(Receiver, _shm.Name));
        await receiver.Says($"等待 Sender 在信号量 {_shm.Name}_sem 上 sem_post");

        receiver.Send(SIGINT);

        Finished ended = await receiver.Finish();
        ended.ExitCode.ShouldBe(128 + (int)SIGINT);
        ended.Output.ShouldBeEmpty();
        ended.Complaints.Length.ShouldBe(1, ended.Error);
    }

    [Fact]
    public async Task A_waiting_receiver_gets_the_message_that_comes_later()
    {
        // 大小为 0 的对象：文章的接收方先问大小，就会在这里失败。
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(0);
        string text = RandomText.Next(20);
        await using var receiver = new Running(Suite.Command(Receiver, _shm.Name));
        await receiver.Says("等待");

        (await Suite.Run(Sender, _shm.Name, text)).ShouldSucceed();

        (await receiver.Finish()).ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task Of_two_messages_the_last_wins_and_a_second_receiver_finds_nothing()
    {
        string last = RandomText.Next(5);
        (await Suite.Run(Sender, _shm.Name, RandomText.Next(30))).ShouldSucceed();
        (await Suite.Run(Sender, _shm.Name, last)).ShouldSucceed();

        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{last}\n");
        (await Suite.Run(Receiver, _shm.Name)).ShouldFailWith(NoSuchFile, RunSenderFirst);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5000)]
    public async Task The_sender_takes_over_a_stale_object_and_a_stale_semaphore(int size)
    {
        File.WriteAllBytes(_shm.ObjectFile, [.. Enumerable.Repeat((byte)'x', size)]);
        _shm.CreateSemaphore(3);
        string text = RandomText.Next(12);

        (await Suite.Run(Sender, _shm.Name, text)).ShouldSucceed();

        File.ReadAllText(_shm.ObjectFile).ShouldBe(text + '\0');
        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task A_sender_killed_half_way_through_a_second_message_leaves_no_post_behind()
    {
        (await Suite.Run(Sender, _shm.Name)).ShouldSucceed();
        string second = RandomText.Next(20);
        using var pipe = new FullPipe();

        // 第二个发送方已经写好内存，停在打印那一句，还没有 sem_post。
        await using Running sender = pipe.Start(Sender, _shm.Name, second);
        await Eventually.True(() => File.ReadAllText(_shm.ObjectFile).StartsWith(second, StringComparison.Ordinal), "第二条消息写进内存");
        sender.Send(SIGKILL);
        await sender.Finish();

        _shm.TakePosts().ShouldBe(0);
    }

    [Fact]
    public async Task The_leading_slash_may_be_left_out()
    {
        string text = RandomText.Next(12);
        (await Suite.Run(Sender, _shm.Name[1..], text)).ShouldSucceed();

        File.Exists(_shm.ObjectFile).ShouldBeTrue();
        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/b")]
    [InlineData("/a/b")]
    public async Task A_name_with_an_inner_slash_or_none_at_all_is_EINVAL(string name)
    {
        (await Suite.Run(Sender, name)).ShouldFailWith($"shm_open(\"{name}\", ", "EINVAL (Invalid argument)", "名字形如 /memmap");
        (await Suite.Run(Receiver, name)).ShouldFailWith($"shm_open(\"{name}\", ", "EINVAL (Invalid argument)", "名字形如 /memmap");
    }

    // 文件 sem.名字_sem 不能超过 255 字节，所以名字（不算斜杠）至多 247。
    [Theory]
    [InlineData(240)]
    [InlineData(246)]
    [InlineData(247)]
    public async Task A_name_of_up_to_247_bytes_works(int length)
    {
        string name = _shm.Name.PadRight(length + 1, 'x');
        string text = RandomText.Next(12);

        (await Suite.Run(Sender, name, text)).ShouldSucceed();

        (await Suite.Run(Receiver, name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(248)]
    [InlineData(250)]
    [InlineData(251)]
    [InlineData(252)]
    [InlineData(255)]
    [InlineData(256)]
    public async Task A_longer_name_fails_and_leaves_no_object_behind(int length)
    {
        string name = _shm.Name.PadRight(length + 1, 'x');

        Finished sender = await Suite.Run(Sender, name);

        sender.ShouldFailWith(length <= 255 ? "sem_open(" : "shm_open(", length <= 255 ? "至多 251 字节" : "至多 255 字节");
        _shm.ShouldBeGone();
        (await Suite.Run(Receiver, name)).ShouldFailWith("shm_open(");
    }

    [Fact]
    public async Task A_folder_under_the_name_is_an_error_and_no_semaphore_is_left()
    {
        Directory.CreateDirectory(_shm.ObjectFile);
        try
        {
            (await Suite.Run(Sender, _shm.Name)).ShouldFailWith("shm_open(");
            File.Exists(_shm.SemaphoreFile).ShouldBeFalse();
        }
        finally
        {
            Directory.Delete(_shm.ObjectFile);
        }
    }

    [Fact]
    public async Task Another_user_may_neither_read_nor_overwrite_the_message()
    {
        string text = RandomText.Next(12);
        (await Suite.Run(Sender, _shm.Name, text)).ShouldSucceed();

        Command receiver = await Elsewhere.AsNobody(Suite.Executable(Receiver), _shm.Name);
        (await receiver.Finish()).ShouldFailWith("shm_open(", "EACCES (Permission denied)");
        Command sender = await Elsewhere.AsNobody(Suite.Executable(Sender), _shm.Name);
        (await sender.Finish()).ShouldFailWith("shm_open(", "EACCES (Permission denied)");

        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
    }

    [Fact]
    public async Task A_full_dev_shm_is_an_error_without_SIGBUS_and_leaves_neither_name()
    {
        // 两页的 tmpfs：信号量占一页，放得下；8000 字节的消息要两页，放不下。
        Command full = await Elsewhere.WithOwnShm("8k", "\"$1\" /full \"$2\"; code=$?; ls -A /dev/shm; exit $code", Suite.Executable(Sender), RandomText.Next(8000));

        (await full.Finish()).ShouldFailWith("posix_fallocate(", "ENOSPC (No space left on device)");
    }

    [Fact]
    public async Task A_sender_that_cannot_print_leaves_neither_name()
    {
        (await ToFullDevice(Sender)).ShouldFailWith("No space left on device");

        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(Sender, Receiver)]
    [InlineData("17-Interop send", "17-Interop receive")]
    public async Task A_receiver_that_cannot_print_leaves_nobody_waiting_for_its_message(string sender, string receiver)
    {
        string[] send = sender.Split(' '), receive = receiver.Split(' ');
        (await Suite.Run(send[0], [.. send[1..], _shm.Name])).ShouldSucceed();

        Finished run = await Suite.External("/bin/sh", ["-c", "exec \"$@\" > /dev/full", "sh", Suite.Executable(receive[0]), .. receive[1..], _shm.Name]).Finish();

        run.ExitCode.ShouldBe(1, run.Error);

        _shm.ShouldBeGone();
    }
}
