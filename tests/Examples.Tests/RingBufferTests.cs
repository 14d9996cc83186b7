using System.Globalization;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>19 环形缓冲区：一个发送方，一个接收方。每一个次序由舞台的 explore 走遍，这里看真的两个进程。</summary>
public sealed class RingBufferTests
{
    private const string Project = "19-RingBuffer";

    // 共享内存里：下标、睡了没有，每 128 字节一个；1024 字节之后是 1024 格，每格 64 字节。
    private const int Line = 128, Header = 1024, Capacity = 1024, Size = 64;

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Messages_arrive_an_idle_side_uses_no_cpu_and_a_death_is_noticed()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        foreach (string way in (string[])["一批 64 条", "一条一条", "同上，挤在一条缓存行"]) run.Holds("K1", $"{way}：2000000 条 8 字节的消息", "百万条，接收方逐条核对");
        run.Holds("K1", "队列空着一秒，等着的接收方用掉");
        run.Holds("K1", "队列满着一秒，等着的发送方用掉");
        run.Holds("K1", "接收方死于 SIGKILL", "毫秒之后知道", "格子用完了");
        run.Holds("K1", "发送方死于 SIGKILL", "毫秒之后知道", "格子用完了");
        run.Observations.Length.ShouldBe(7);
        run.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Capacity)]
    [InlineData(Capacity + 1)]
    [InlineData(0)]
    [Trait("Statement", "K1")]
    public async Task As_many_as_asked_for_arrive_and_are_right(int count)
    {
        if (count == 0) count = Random.Shared.Next(100_000, 300_000);

        Finished run = (await Suite.Run(Project, $"{count}")).ShouldObserveAsExpected();

        run.Holds("K1", $"{count} 条 {Size} 字节的消息，接收方逐条核对，退出码 0");
    }

    [Fact]
    public async Task On_a_single_core_it_arrives_too()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/taskset"), "没有 taskset，不能把程序限制在一个核上。");
        string cpu = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1].Split(',', '-')[0];

        (await Suite.External("/usr/bin/taskset", "-c", cpu, Suite.Executable(Project), "50000").Finish()).ShouldObserveAsExpected();
    }

    [Fact]
    public async Task When_it_is_full_the_sender_sleeps_and_what_waits_in_the_slots_is_new_each_time()
    {
        byte[][] slots = await Task.WhenAll(Full(), Full());

        slots[0].SequenceEqual(slots[1]).ShouldBeFalse();
        foreach (byte[] all in slots) all.Chunk(Size).Select(Convert.ToHexString).Distinct().Count().ShouldBe(Capacity);

        static async Task<byte[]> Full()
        {
            // 条数多到送不完：测试再慢，停住接收方的时候它也还在取。
            await using var running = new Running(Suite.Command(Project, "1000000000000"));
            int receiver = await running.StoppedChild();

            // 发送方放满一圈，说了「睡了」，睡在 read 里。
            byte[] memory = await Filled(running, receiver);
            Number(memory, 2).ShouldBe(1);
            kill(receiver, SIGCONT).ShouldBe(0);
            running.Send(SIGTERM);
            (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
            return memory[Header..(Header + (Capacity * Size))];
        }
    }

    [Fact]
    public async Task One_bit_changed_in_a_slot_is_noticed()
    {
        await using var running = new Running(Suite.Command(Project, "1000000000000"));
        int receiver = await running.StoppedChild();
        byte[] memory = await Filled(running, receiver);

        // 最前面的一条它可能已经核对过了，改后面的。
        long index = Number(memory, 1) + Random.Shared.Next(1, Capacity);
        int at = Header + ((int)(index % Capacity) * Size) + Random.Shared.Next(Size);

        using (FileStream file = File.Open($"/proc/{receiver}/fd/3", FileMode.Open, FileAccess.Write))
        {
            file.Position = at;
            file.WriteByte((byte)(memory[at] ^ 1));
        }

        kill(receiver, SIGCONT);
        Finished run = await running.Finish();
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain($"第 {index + 1} 条读到的不对。");
    }

    [Fact]
    public async Task When_the_receiver_is_killed_the_sender_says_so()
    {
        await using var running = new Running(Suite.Command(Project, "1000000000000"));

        kill(await running.StoppedChild(), SIGKILL).ShouldBe(0);

        (await running.Finish()).ShouldFailWith("read: 交出", "接收方就不在了（SIGKILL）");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_sender_is_killed_the_receiver_takes_what_is_left_and_says_so(bool waitsUntilFull)
    {
        await using var running = new Running(Suite.Command(Project, "1000000000000"));
        int receiver = 0;
        await Eventually.True(() => running.Children is [var child] && Memory(receiver = child) is { } m && Number(m, 1) > 0, "接收方取了几条");
        kill(receiver, SIGSTOP).ShouldBe(0);
        if (waitsUntilFull) await Filled(running, receiver);

        running.Send(SIGKILL);
        await Eventually.True(() => !Outside.IsRunning(running.Pid), "发送方结束");
        long sent = Number(Memory(receiver)!, 0);
        kill(receiver, SIGCONT).ShouldBe(0);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGKILL);
        await Eventually.True(() => !Outside.IsRunning(receiver), "接收方跟着结束");
        await running.Says(string.Create(CultureInfo.InvariantCulture, $"read: 做到第 {sent} 条，发送方就不在了。"));
    }

    // 接收方停着，发送方放满了一圈，睡着等它；返回内存。
    private static Task<byte[]> Filled(Running running, int receiver)
    {
        // 接收方可能正停在「说了去叫醒」与「叫醒」之间：发送方睡着等它，就放不满；发送方也可能还没有说「睡了」。让它走一走，再停下来看。
        bool isStopped = true;
        return Eventually.Get(() =>
        {
            bool sleeps = isStopped && Outside.IsSleeping(running.Pid);
            if (sleeps && Memory(receiver) is { } m && Number(m, 0) - Number(m, 1) == Capacity && Number(m, 2) == 1) return m;
            if (isStopped && !sleeps) return null;
            kill(receiver, isStopped ? SIGCONT : SIGSTOP);
            isStopped = !isStopped;
            return null;
        }, "放满");
    }

    private static long Number(byte[] memory, int place) => BitConverter.ToInt64(memory, place * Line);

    // 接收方的 3 号描述符就是那块内存；还没有那么大就是 null。
    private static byte[]? Memory(int receiver)
    {
        try
        {
            byte[] all = File.ReadAllBytes($"/proc/{receiver}/fd/3");
            return all.Length == Header + (Capacity * Size) ? all : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
