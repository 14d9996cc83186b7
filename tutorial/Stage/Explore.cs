using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Engine;

namespace Stage;

/// <summary>走遍每一个次序，报告走了多少、每种结局有多少、最短的次序是哪一个。</summary>
/// <param name="scene">哪一场。</param>
/// <param name="parts">编译好的程序。</param>
/// <param name="kills">在每一步之前，杀死每一个进程，再运行一遍这些程序。</param>
/// <param name="reduces">分不出先后的两步只走一个次序。</param>
/// <param name="limit">至多多久。</param>
/// <param name="again">照一个次序再走一遍的命令，不含次序。</param>
internal sealed class Explore(Scene scene, Part[] parts, bool kills, bool reduces, TimeSpan limit, string again)
{
    private const int MostStates = 200_000, MostReceivers = 4, MostVarying = 4, MostRounds = 50;

    /// <summary>次序的一种收场。</summary>
    /// <param name="Verdict">怎样。</param>
    /// <param name="Orders">多少个次序这样收场；次序无穷时为 null。</param>
    /// <param name="Moves">最短的次序。</param>
    private sealed record Kind(Verdict Verdict, BigInteger? Orders, int[] Moves);

    /// <summary>走一遍，打印报告。</summary>
    /// <returns>退出码：0 都好；1 有的结局不对；3 到了上限，没有走完，见到的都好。</returns>
    /// <exception cref="Different">同样的次序，两次看到的不同。</exception>
    public int Report()
    {
        var explorer = new Explorer(parts, reduces, kills, MostStates, limit);
        Record(scene, explorer);
        var steps = explorer.Steps();
        HashSet<int> states = [0, .. steps.Select(step => step.To)];
        BigInteger[]? orders = explorer.Orders(steps);
        var ends = explorer.Ends().Where(end => states.Contains(end.State)).ToArray();
        Kind[] kinds = [.. Kinds(explorer, ends, orders)];
        if (!Console.IsErrorRedirected) Console.Error.WriteLine($"{scene.Key}：看 {kinds.Length} 种结局各留下什么");
        kinds = Follow(kinds);

        Console.WriteLine($"{scene.Key} {scene.Title}：{string.Join('、', parts.Select((part, i) => $"{Words.Letter(i)} {part.Label}"))}");
        string all = Count(Sum(ends.Select(end => orders?[end.State])));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all}个次序，{states.Count} 个状态，{steps.Length} 步，运行了 {explorer.Runs} 次，{explorer.Elapsed.TotalSeconds:0.0} 秒。{(reduces ? "" : "分不出先后的也都走了。")}"));
        if (kills) Console.WriteLine($"杀死进程 {steps.Count(step => step.Move < 0)} 处；另有 {explorer.SameKills(states)} 处与杀在别处一样。");
        if (!explorer.IsComplete) Console.WriteLine($"没有走完：到了上限，{(explorer.States.Count < MostStates ? $"{limit.TotalSeconds:0} 秒" : $"{MostStates} 个状态")}。{(explorer.Switches is var done and >= 0 and < int.MaxValue ? $"至多切换 {done} 次的次序都走过了。" : "")}放宽用 --limit 秒。");
        Console.WriteLine();
        var varying = Varying(explorer, ends);
        foreach (Kind kind in kinds)
        {
            Console.WriteLine($"{(kind.Verdict.IsWrong ? "✗" : kind.Verdict.IsLimit || varying.Length > 1 ? "·" : "✓")} {kind.Verdict.Text}");
            Console.WriteLine($"    {Count(kind.Orders)}个次序。最短的：{again} --order '{Order.Write(kind.Moves)}'");
        }

        if (varying.Length > 1) Console.WriteLine($"✗ 打印的随次序而变，有 {varying.Length} 种，至多一种是对的：");
        foreach (var (lines, moves) in varying.Length > 1 ? varying.Take(MostVarying) : []) Console.WriteLine($"    「{lines}」最短的：{again} --order '{Order.Write(moves)}'");
        bool fails = explorer.IsComplete && !kinds.Any(k => k.Verdict.Works);
        if (fails) Console.WriteLine($"✗ 没有一个次序{(scene.IsExchange ? "送达" : "做得成")}");
        return fails || varying.Length > 1 || kinds.Any(k => k.Verdict.IsWrong) ? 1 : explorer.IsComplete ? 0 : 3;
    }

    /// <summary>走遍，一边在标准错误上说走到哪里了；不是终端，就每半分钟一行。</summary>
    public static void Record(Scene scene, Recorder recorder)
    {
        bool shows = !Console.IsErrorRedirected;
        TimeSpan told = TimeSpan.Zero;
        recorder.Record(Environment.ProcessorCount, () =>
        {
            if (!shows && recorder.Elapsed - told < TimeSpan.FromSeconds(30)) return;
            told = recorder.Elapsed;
            Console.Error.Write(shows ? $"\r{scene.Key}：{recorder}  " : $"{scene.Key}：{recorder}\n");
        });
        if (shows) Console.Error.WriteLine();
    }

    // 走不动的状态，按怎样收场、以后会怎样分开，各取最短的次序。
    private IEnumerable<Kind> Kinds(Explorer explorer, (int State, int[] Moves)[] ends, BigInteger[]? orders) => ends
        .Select(end => (end.State, end.Moves, Strikes: end.Moves.Any(move => move < 0)))
        .GroupBy(end => (Verdict.Of(scene, parts, explorer.States[end.State], strikes: end.Strikes), Fate(explorer.States[end.State], end.Strikes)))
        .Select(same => new Kind(same.Key.Item1, Sum(same.Select(end => orders?[end.State])), Order.Shortest(same.Select(end => end.Moves))));

    // 留下东西的、杀过进程的，还要再运行：两边各一次，然后接收方一直取到没有为止。
    private Kind[] Follow(IEnumerable<Kind> ends)
    {
        var final = new ConcurrentBag<Kind>();
        var rest = new ConcurrentQueue<Kind>(ends);
        Arena.Enter(
            () =>
            {
                while (rest.TryDequeue(out Kind? end))
                {
                    try
                    {
                        final.Add(scene.IsExchange ? Follow(end) : end);
                    }
                    catch (StartAgainException)
                    {
                        rest.Enqueue(end);
                    }
                }
            },
            Environment.ProcessorCount);

        // 一个命令启动了全部进程：谁也没有来得太早，别的次序又做得成，报错就是次序的错。
        bool isUneven = scene.IsOwn && parts.Length == 1 && final.Any(k => k.Verdict.Works);
        return
        [
            .. final.Select(k => isUneven && !k.Verdict.Works && k.Moves.All(move => move >= 0) ? k with { Verdict = k.Verdict with { Text = k.Verdict.Text + "；别的次序做得成", IsWrong = true } } : k)
                .GroupBy(k => k.Verdict)
                .Select(same => new Kind(same.Key, Sum(same.Select(k => k.Orders)), Order.Shortest(same.Select(k => k.Moves))))
                .OrderByDescending(k => k.Verdict.IsWrong).ThenByDescending(k => k.Verdict.IsLimit).ThenBy(k => k.Moves.Length).ThenBy(k => k.Verdict.Text, StringComparer.Ordinal),
        ];
    }

    private Kind Follow(Kind end)
    {
        bool killed = end.Moves.Any(move => move < 0);
        using Run run = Run.Start(parts, forks: true);
        var moves = new List<int>();
        foreach (int move in end.Moves) Take(move);
        // 有人一直转下去，已经不对：不看后来的接收方救不救得了它。
        if (!killed && (run.Now.Ready.Length > 0 || !Verdict.HasLeft(scene, run.Now))) return end;

        int before = run.Now.Lanes.Length;
        if (killed)
        {
            foreach (int part in scene.Pair.TakeWhile(_ => !Turns())) Enter(part);
        }

        // 一条也没有了，接收方会说没有，或者一直等。
        for (int i = 0; i < MostReceivers && !Turns() && Verdict.HasLeft(scene, run.Now); i++)
        {
            Enter(scene.Pair[^1]);
            if (run.Now.Lanes[^1] is not { State: State.Exited, Why: "0" } || scene.Keeps) break;
        }

        return end with { Verdict = Verdict.Of(scene, parts, run.Now, before, killed), Moves = [.. moves] };

        // 原来的有一个一直转下去；后来的不算，它在等下一条。
        bool Turns() => run.Now.Lanes.Length > before && run.Now.Ready.Any(lane => lane < before);

        void Take(int move)
        {
            if (!Move.IsPossible(run.Now, move)) throw new Different($"照次序 {Order.Write(end.Moves)} 再走一遍，走到 {Order.Write(moves)} 就走不下去了。");
            run.Take(move);
            moves.Add(move);
        }

        void Enter(int part)
        {
            Take(Move.Enter(part));
            int lane = run.Now.Lanes.Length - 1;

            // 又是走过的样子，就轮到别的；轮了许多遍还是，就是一直转下去。
            var seen = new Dictionary<string, int>();
            while (run.Now.Ready is [_, ..] ready && ++CollectionsMarshal.GetValueRefOrAddDefault(seen, run.Now.Key, out _) is var times && times < MostRounds) Take(times == 1 && ready.Contains(lane) ? lane : ready[times % ready.Length]);
        }
    }

    // 读者自己的程序：没有说什么是错，各个进程都正常结束了，打印的却不止一种。
    private (string Lines, int[] Moves)[] Varying(Explorer explorer, (int State, int[] Moves)[] ends) => !scene.IsOwn || scene.IsExchange || scene.Wrong != null ? [] :
    [
        .. ends.Where(end => Verdict.Of(scene, parts, explorer.States[end.State]).Works)
            .GroupBy(end => Verdict.Lines(parts, explorer.States[end.State]))
            .Select(same => (same.Key, Moves: Order.Shortest(same.Select(end => end.Moves))))
            .OrderBy(one => one.Moves.Length),
    ];

    // 还要再运行的，以后怎样由这些决定：共享的东西，各个进程打印过什么；没有结束的，停在哪里、拿着什么。
    private string Fate(Snapshot end, bool killed) => !killed && !Verdict.HasLeft(scene, end) ? "" : string.Join('\n', end.Objects.Select(o => o.ToString())
        .Concat(end.Lanes.Select(l => l.Printed() + (l.State is State.Exited or State.Killed ? "" : new Snapshot([l], []).Key))));

    // 有一个无穷，就是无穷。
    private static BigInteger? Sum(IEnumerable<BigInteger?> numbers) => numbers.Aggregate((BigInteger?)BigInteger.Zero, (sum, one) => sum + one);

    private static string Count(BigInteger? number) =>
        number is not { } n ? "无穷多" : n < 1_000_000_000_000 ? $"{n} " : string.Create(CultureInfo.InvariantCulture, $"约 {(double)n:0.0e+0} ");
}
