using System.Diagnostics;
using System.Globalization;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>17：对象里是一个结构。杀发送方，杀接收方；收到的各个字段要与发送方打印的一样。</summary>
internal static class SenderAndReceiverOfReadings
{
    private const string Project = "17-Interop";

    public static async Task<Tally[]> Run(Arena arena, int kills)
    {
        var clock = Stopwatch.StartNew();
        (await Send(arena).Finish()).ShouldSucceed();
        double usual = clock.Elapsed.TotalMilliseconds;
        (await Receive(arena).Finish()).ShouldSucceed();

        Tally sending = new("17 发送方"), receiving = new("17 接收方");
        while (sending.Kills + receiving.Kills < kills)
        {
            Tally tally = sending.Kills <= receiving.Kills ? sending : receiving;
            await (tally == sending ? KillSender(arena, tally, usual) : KillReceiver(arena, tally, usual));

            // 重来：新的结构，原来的名字；之后什么也不剩。
            Finished sent = await Send(arena).Finish(), received = await Receive(arena).Finish();
            Reading(received.ShouldSucceed(), "recv").ShouldBe(Reading(sent.ShouldSucceed(), "send"));
            tally.HalfMade(arena.SweepHalfMadeSemaphores());
            arena.Left().ShouldBeEmpty();
        }

        return [sending, receiving];
    }

    private static async Task KillSender(Arena arena, Tally tally, double usual)
    {
        string place = RandomText.Next(15);
        Shot shot = await Shot.At(Send(arena, place), usual, Random.Shared.Next(2) == 0 ? _ => File.Exists(arena.ObjectFile) : null);

        int posts = arena.SemaphoreValue() ?? 0;
        tally.Count(shot, posts == 1 ? 1 : File.Exists(arena.ObjectFile) ? 0 : -1);
        posts.ShouldBeInRange(0, 1);

        // 值是 1，结构就是完整的：不重来，直接去读。
        if (posts == 1)
        {
            Reading((await Receive(arena).Finish()).ShouldSucceed(), "recv").ShouldContain(place);
            tally.SawWhole();
        }
        else if (!File.Exists(arena.ObjectFile))
        {
            (await Receive(arena).Finish()).ShouldFailWith("ENOENT", "先运行");
            tally.SawReason();
        }
    }

    private static async Task KillReceiver(Arena arena, Tally tally, double usual)
    {
        (await Send(arena).Finish()).ShouldSucceed();
        Shot shot = await Shot.At(Receive(arena), usual, Random.Shared.Next(2) == 0 ? _ => arena.SemaphoreValue() != 1 : null);

        int left = arena.Left().Length;
        tally.Count(shot, left == 2 && arena.SemaphoreValue() == 1 ? -1 : left == 0 ? 1 : 0);
    }

    // 两边打印的是同一个结构的各个字段。
    private static string Reading(Finished run, string verb)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"process:{run.Pid} {verb}:");
        run.Output.ShouldStartWith(head);
        return run.Output[head.Length..];
    }

    private static Command Send(Arena arena, string? place = null) =>
        arena.Command(Suite.Executable(Project), "send", arena.Name, place ?? RandomText.Next(15), string.Create(CultureInfo.InvariantCulture, $"{Random.Shared.Next(-500, 500) / 10.0}"));

    private static Command Receive(Arena arena) => arena.Command(Suite.Executable(Project), "receive", arena.Name);
}
