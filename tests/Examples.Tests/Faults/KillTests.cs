using System.Diagnostics;
using System.Globalization;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>两边随时可能死于 SIGKILL：之后用同样的名字重来，交换的是新的值，不挂住，不读到半条或别人的，不留东西。</summary>
/// <remarks>平常只杀五次，久的一轮 24 次；环境变量 FAULTS_KILLS 给出总数，最后打印一张表：FAULTS_KILLS=5000 dotnet run --project tests/Examples.Tests -- -class "*KillTests"。</remarks>
public sealed class KillTests
{
    private static readonly int Wanted = int.Parse(Environment.GetEnvironmentVariable("FAULTS_KILLS") ?? (Long.Wanted ? "24" : "5"), CultureInfo.InvariantCulture);

    [Fact]
    public async Task After_either_side_is_killed_at_any_moment_the_pair_runs_again_under_the_same_name()
    {
        var clock = Stopwatch.StartNew();
        Func<Arena, int, Task<Tally[]>>[] pairs =
        [
            ParentAndChild.Run,
            WriterAndReader.Run,
            (arena, kills) => new SenderAndReceiver("10", "10-ShmSemaphore/Sender", [], "10-ShmSemaphore/Receiver", []).Run(arena, kills),
            (arena, kills) => new SenderAndReceiver("16", "16-DotNetWay", ["send"], "16-DotNetWay", ["receive"], overwrites: false).Run(arena, kills),
            SenderAndReceiverOfReadings.Run,
        ];

        Tally[][] tallies = await Task.WhenAll(pairs.Select((pair, i) => Task.Run(() => InArena(pair, (Wanted + i) / pairs.Length), TestContext.Current.CancellationToken)));

        string summary = string.Join('\n', [.. tallies.SelectMany(pair => pair).Select(tally => tally.ToString()),
            $"一共杀 {tallies.Sum(pair => pair.Sum(tally => tally.Kills))} 次，用时 {clock.Elapsed.TotalSeconds:F0} 秒；没有挂住，没有半条，没有留下这里的名字、临时文件和进程。"]);
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        if (Environment.GetEnvironmentVariable("FAULTS_KILLS") != null) Console.Error.WriteLine(summary);
        tallies.Sum(pair => pair.Sum(tally => tally.Kills)).ShouldBe(Wanted);
    }

    private static async Task<Tally[]> InArena(Func<Arena, int, Task<Tally[]>> pair, int kills)
    {
        await using Arena arena = await Arena.Open();
        Tally[] tallies = await pair(arena, kills);

        // 场地里什么也不该剩：/dev/shm 的名字，TMPDIR 里的临时文件（关掉诊断端口之后，运行时自己也不留）。
        arena.Left().ShouldBeEmpty();
        Directory.GetFileSystemEntries(arena.Temp).ShouldBeEmpty();
        return tallies;
    }
}
