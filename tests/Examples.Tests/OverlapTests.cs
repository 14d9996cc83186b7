using System.Runtime.InteropServices;
using System.Text;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>18 几个发送方、接收方同时来，一条消息也不丢。每一个次序由舞台的 explore 走遍，这里看平常的用法和留下的残局。</summary>
public sealed class OverlapTests : IDisposable
{
    private const string Sender = "18-Overlap/Sender";
    private const string Receiver = "18-Overlap/Receiver";
    private const int Head = 16;

    private readonly ShmName _shm = new();

    public void Dispose() => _shm.Dispose();

    [Fact]
    public async Task Messages_arrive_once_each_in_the_order_they_were_sent_and_nothing_is_left()
    {
        string[] messages = ["", RandomText.Next(7), RandomText.Next(5000), RandomText.Next(3, "共享内存 👋🏽 ")];
        foreach (string message in messages)
        {
            Finished sender = await Suite.Run(Sender, _shm.Name, message);
            sender.ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
            sender.Complaints.ShouldBeEmpty();
        }

        foreach (string message in messages)
        {
            Finished receiver = await Suite.Run(Receiver, _shm.Name);
            receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
        }

        _shm.ShouldBeGone();
        (await Suite.Run(Receiver, _shm.Name)).ShouldFailWith($"shm_open(\"{_shm.Name}\", ", "ENOENT", "先运行 Sender。");
    }

    [Fact]
    public async Task Many_senders_and_receivers_at_once_lose_nothing_and_repeat_nothing()
    {
        string[] messages = [.. Enumerable.Range(0, 6).Select(_ => RandomText.Next(Random.Shared.Next(1, 9000)))];

        Task<Finished>[] senders = [.. messages.Select(message => Suite.Run(Sender, _shm.Name, message))];
        Task<Finished>[] early = [.. messages[..4].Select(_ => Suite.Run(Receiver, _shm.Name))];
        foreach (Finished sender in await Task.WhenAll(senders)) sender.ShouldSucceed();
        var received = new List<Finished>(await Task.WhenAll(early));
        while (File.Exists(_shm.ObjectFile)) received.Add((await Suite.Run(Receiver, _shm.Name)).ShouldSucceed());

        received.Where(r => r.ExitCode == 0).Select(r => r.Output.Split(" recv:")[1].TrimEnd('\n')).ShouldBe(messages, ignoreOrder: true);
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(Sender)]
    [InlineData(Receiver)]
    public async Task While_another_holds_the_lock_it_says_so_and_waits(string project)
    {
        (await Suite.Run(Sender, _shm.Name, "first")).ShouldSucceed();
        int fd = shm_open(_shm.Name, O_RDWR, 0);
        flock(fd, LOCK_EX | LOCK_NB).ShouldBe(0);

        await using var running = new Running(Suite.Command(project, _shm.Name));
        await running.Says($"等待别的进程放开 {_shm.Name} 上的锁");
        running.Output.ShouldBeEmpty();
        close(fd).ShouldBe(0);

        (await running.Finish()).ShouldSucceed().Output.ShouldContain(project == Sender ? "send:yuki..." : "recv:first");
    }

    [Fact]
    public async Task A_name_deleted_while_it_waits_is_opened_again()
    {
        (await Suite.Run(Sender, _shm.Name, "old")).ShouldSucceed();
        int fd = shm_open(_shm.Name, O_RDWR, 0);
        flock(fd, LOCK_EX).ShouldBe(0);
        await using var running = new Running(Suite.Command(Sender, _shm.Name, "new"));
        await running.Says("等待别的进程放开");

        shm_unlink(_shm.Name).ShouldBe(0);
        close(fd).ShouldBe(0);

        (await running.Finish()).ShouldSucceed();
        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith(" recv:new\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task What_a_killed_sender_left_half_written_does_not_count()
    {
        (await Suite.Run(Sender, _shm.Name, "whole")).ShouldSucceed();
        using (FileStream file = File.Open(_shm.ObjectFile, FileMode.Append)) file.Write("half a mess"u8);

        (await Suite.Run(Sender, _shm.Name, "after")).ShouldSucceed();

        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith(" recv:whole\n");
        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith(" recv:after\n");
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task A_receiver_killed_before_it_deleted_the_name_leaves_it_to_the_next()
    {
        (await Suite.Run(Sender, _shm.Name, "taken")).ShouldSucceed();
        byte[] content = File.ReadAllBytes(_shm.ObjectFile);
        MemoryMarshal.Write(content, MemoryMarshal.Read<long>(content.AsSpan(8)));
        File.WriteAllBytes(_shm.ObjectFile, content);

        (await Suite.Run(Receiver, _shm.Name)).ShouldFailWith("flock: ", "里面没有消息");

        _shm.ShouldBeGone();
    }

    public static TheoryData<string, long, long, int> Strange() => new()
    {
        { "取走的比写完的多", 8, 4, 8 }, { "写完的比对象大", 0, 100, 8 }, { "负数", -8, 0, 8 },
    };

    [Theory]
    [MemberData(nameof(Strange))]
    public async Task What_is_not_ours_is_refused_and_not_touched(string what, long taken, long written, int more)
    {
        byte[] content = new byte[Head + more];
        MemoryMarshal.Write(content, taken);
        MemoryMarshal.Write(content.AsSpan(8), written);
        File.WriteAllBytes(_shm.ObjectFile, content);

        foreach (string project in new[] { Receiver, Sender })
        {
            (await Suite.Run(project, _shm.Name)).ShouldFailWith("不是第 18 章的消息", $"rm {_shm.ObjectFile}");
            File.ReadAllBytes(_shm.ObjectFile).ShouldBe(content, what);
        }
    }

    [Fact]
    public async Task The_object_of_chapter_10_is_refused()
    {
        File.WriteAllBytes(_shm.ObjectFile, Encoding.UTF8.GetBytes("yuki...\0\0\0"));

        (await Suite.Run(Receiver, _shm.Name)).ShouldFailWith("不是第 18 章的消息");
        (await Suite.Run(Sender, _shm.Name)).ShouldFailWith("不是第 18 章的消息");

        File.ReadAllBytes(_shm.ObjectFile).ShouldBe("yuki...\0\0\0"u8.ToArray());
    }
}
