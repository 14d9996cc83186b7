using System.Diagnostics;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>10 与 16：杀发送方（没人在等，或接收方正等着），杀接收方。消息有好几页，读到半条看得出来。</summary>
/// <param name="label">表里的编号。</param>
/// <param name="sender">发送方的项目。</param>
/// <param name="send">名字之前的参数。</param>
/// <param name="receiver">接收方的项目。</param>
/// <param name="receive">名字之前的参数。</param>
/// <param name="overwrites">上一条没有取走，再发一条就覆盖它；不是，就说清楚，不去动它。</param>
internal sealed class SenderAndReceiver(string label, string sender, string[] send, string receiver, string[] receive, bool overwrites = true)
{
    private Arena _arena = null!;
    private byte[] _semaphore = [];
    private double _usual;

    public async Task<Tally[]> Run(Arena arena, int kills)
    {
        _arena = arena;
        var clock = Stopwatch.StartNew();
        (await Send(Next()).Finish()).ShouldSucceed();
        _usual = clock.Elapsed.TotalMilliseconds;
        _semaphore = File.ReadAllBytes(arena.SemaphoreFile);
        (await Receive().Finish()).ShouldSucceed();

        Tally alone = new($"{label} 发送方"), awaited = new($"{label} 发送方，接收方正等着"), receiving = new($"{label} 接收方");
        while (alone.Kills + awaited.Kills + receiving.Kills < kills)
        {
            Tally tally = alone.Kills <= awaited.Kills ? alone : awaited.Kills <= receiving.Kills ? awaited : receiving;
            await (tally == alone ? KillSender(alone) : tally == awaited ? KillAwaitedSender(awaited) : KillReceiver(receiving));

            // 没有覆盖的那一条，先取走。
            if (!overwrites && _arena.SemaphoreValue() > 0) (await Receive().Finish()).ShouldSucceed();

            // 重来：新的消息，原来的名字；之后什么也不剩。
            string text = Next();
            Finished sent = await Send(text).Finish(), received = await Receive().Finish();
            Printed(sent.ShouldSucceed(), "send", text).ShouldBeTrue("发送方打印的");
            Printed(received.ShouldSucceed(), "recv", text).ShouldBeTrue("接收方读到的");
            tally.HalfMade(_arena.SweepHalfMadeSemaphores());
            _arena.Left().ShouldBeEmpty();
        }

        return [alone, awaited, receiving];
    }

    private async Task KillSender(Tally tally)
    {
        // 一半接着上一条没取走的消息：这时绝不能读到新旧混在一起的。
        string old = Next(), text = Next();
        bool stale = overwrites && Random.Shared.Next(2) == 0, aim = !stale && Aim();
        if (stale) (await Send(old).Finish()).ShouldSucceed();

        Shot shot = await Shot.At(Send(text), _usual, aim ? _ => File.Exists(_arena.ObjectFile) : null);

        int posts = _arena.SemaphoreValue() ?? 0;
        string? left = File.Exists(_arena.ObjectFile) ? File.ReadAllText(_arena.ObjectFile).TrimEnd('\0') : null;
        bool sent = posts == 1 && left == text, untouched = stale ? posts == 1 && left == old : left == null;
        tally.Count(shot, sent ? 1 : untouched ? -1 : 0);
        posts.ShouldBeInRange(0, 1);

        // 值是 1，内容就是完整的一条：不重来，直接去读。
        if (posts == 1)
        {
            (left == text || (stale && left == old)).ShouldBeTrue("值是 1，内容却不是完整的一条");
            Printed((await Receive().Finish()).ShouldSucceed(), "recv", left!).ShouldBeTrue("接收方读到的");
            tally.SawWhole();
        }
        else if (left == null)
        {
            (await Receive().Finish()).ShouldFailWith("ENOENT", "先运行");
            tally.SawReason();
        }
    }

    private async Task KillAwaitedSender(Tally tally)
    {
        // 名字已经有了，值是 0，接收方等着；文件的内容照 sem_open 写的样子，只把值改成 0。
        _semaphore.AsSpan(0, sizeof(int)).Clear();
        File.WriteAllBytes(_arena.ObjectFile, []);
        File.WriteAllBytes(_arena.SemaphoreFile, _semaphore);
        string first = Next(), second = Next();
        await using var waiting = new Running(Receive());
        await waiting.Says("sem_post");

        Shot shot = await Shot.At(Send(first), _usual, Aim() ? _ => new FileInfo(_arena.ObjectFile) is { Exists: true, Length: > 0 } : null);
        bool touched = File.Exists(_arena.ObjectFile) && new FileInfo(_arena.ObjectFile).Length > 0;

        // 等着的一方要么收到第一条，要么由第二个发送方叫醒，不会两头落空。
        Finished again = await Send(second).Finish();
        Finished received = await waiting.Finish();
        bool gotFirst = Printed(received.ShouldSucceed(), "recv", first);
        (gotFirst || Printed(received, "recv", second)).ShouldBeTrue("等着的接收方读到的");

        // 第一条刚被取走、名字正在删，第二个发送方可能撞上：那就说清楚。
        if (again.ExitCode != 0 && !again.Error.Contains("还没有人取走", StringComparison.Ordinal)) again.ShouldFailWith("ENOENT", "再运行一次");
        tally.Count(shot, gotFirst ? 1 : touched ? 0 : -1);
        tally.SawWhole();
    }

    private async Task KillReceiver(Tally tally)
    {
        string text = Next();
        (await Send(text).Finish()).ShouldSucceed();

        Shot shot = await Shot.At(Receive(), _usual, Aim() ? _ => _arena.SemaphoreValue() != 1 : null);

        int left = _arena.Left().Length;
        tally.Count(shot, left == 2 && _arena.SemaphoreValue() == 1 ? -1 : left == 0 ? 1 : 0);

        // 长的消息分几次 write 出去，死在打印的半路，就只打印了开头；打印出来的每个字都对。
        $"process:{shot.Process.Pid} recv:{text}\n".StartsWith(shot.Process.Output.TrimEnd('\n'), StringComparison.Ordinal).ShouldBeTrue("接收方读到的");
    }

    // 消息有上万个字，不写进失败的说明里。
    private static bool Printed(Finished run, string verb, string text) => run.Output == $"process:{run.Pid} {verb}:{text}\n";

    private Command Send(string text) => _arena.Command(Suite.Executable(sender), [.. send, _arena.Name, text]);

    private Command Receive() => _arena.Command(Suite.Executable(receiver), [.. receive, _arena.Name]);

    // 一半的时候瞄着要紧的那一小段。
    private static bool Aim() => Random.Shared.Next(2) == 0;

    private static string Next() => RandomText.Next(Random.Shared.Next(1, 20_000));
}
