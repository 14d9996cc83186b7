using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
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
    private const int MostStates = 200_000, MostReceivers = 4, MostVarying = 4;

    /// <summary>次序的一种收场。</summary>
    /// <param name="Verdict">怎样。</param>
    /// <param name="Orders">多少个次序这样收场；次序无穷时为 null。</param>
    /// <param name="Moves">最短的次序。</param>
    private sealed record Kind(Verdict Verdict, BigInteger? Orders, int States, int[] Moves);

    /// <summary>走一遍，打印报告。</summary>
    /// <returns>退出码：0 都好；1 有的结局不对；3 到了上限，没有走完，见到的都好。</returns>
    /// <exception cref="Different">同样的次序，两次看到的不同。</exception>
    public int Report()
    {
        var clock = Stopwatch.StartNew();
        var explorer = new Explorer(parts, reduces, kills, MostStates, limit);
        bool shows = !Console.IsErrorRedirected;
        TimeSpan told = TimeSpan.Zero;
        explorer.Record(Environment.ProcessorCount, r =>
        {
            // 不是终端，就每半分钟一行。
            if (!shows && clock.Elapsed - told < TimeSpan.FromSeconds(30)) return;
            told = clock.Elapsed;
            string now = string.Create(CultureInfo.InvariantCulture, $"{scene.Key}：运行了 {r.Runs} 次，{r.States.Count} 个状态，{r.Next.Sum(n => n.Count)} 步，{clock.Elapsed.TotalSeconds:0} 秒");
            Console.Error.Write(shows ? $"\r{now}  " : now + '\n');
        });
        if (explorer.Disagreements is [var first, ..]) throw new Different($"同一个状态再走一步，到了不同的状态（{explorer.Disagreements.Count} 次），第一次：\n{first}");

        var steps = explorer.Steps();
        int[] states = [.. steps.Select(step => step.To).Prepend(0).Distinct()];
        BigInteger[]? orders = explorer.Orders(steps);
        Kind[] ends = Ends(explorer, states, orders);
        if (shows) Console.Error.Write($"\r{scene.Key}：看 {ends.Length} 种结局各留下什么                                        ");
        Kind[] kinds = Follow(ends);
        if (shows) Console.Error.WriteLine();

        Console.WriteLine($"{scene.Key} {scene.Title}：{string.Join('、', parts.Select((part, i) => $"{Words.Letter(i)} {part.Label}"))}");
        BigInteger? total = orders == null ? null : states.Where(i => explorer.States[i].Ready.Length == 0).Aggregate(BigInteger.Zero, (sum, i) => sum + orders[i]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Count(total)}个次序，{states.Length} 个状态，{steps.Length} 步，运行了 {explorer.Runs} 次，{clock.Elapsed.TotalSeconds:0.0} 秒。{(reduces ? "" : "分不出先后的也都走了。")}"));
        if (kills) Console.WriteLine($"杀死进程 {steps.Count(step => step.Move < 0)} 处；另有 {explorer.SameKills(states)} 处与杀在别处一样。");
        if (!explorer.IsComplete) Console.WriteLine($"没有走完：到了上限（{limit.TotalSeconds:0} 秒，{MostStates} 个状态）。{(explorer.Switches is var done and >= 0 ? $"至多切换 {done} 次的次序都走过了。" : "")}放宽用 --limit 秒。");
        Console.WriteLine();
        foreach (Kind kind in kinds)
        {
            Console.WriteLine($"{(kind.Verdict.IsWrong ? "✗" : kind.Verdict.IsLimit ? "·" : "✓")} {kind.Verdict.Text}");
            Console.WriteLine($"    {Count(kind.Orders)}个次序。最短的：{again} --order '{Order.Write(kind.Moves)}'");
        }

        var varying = Varying(explorer, states);
        if (varying.Length > 1) Console.WriteLine($"✗ 打印的随次序而变，有 {varying.Length} 种，至多一种是对的：");
        foreach (var (lines, moves) in varying.Length > 1 ? varying.Take(MostVarying) : []) Console.WriteLine($"    「{lines}」最短的：{again} --order '{Order.Write(moves)}'");
        bool fails = explorer.IsComplete && !kinds.Any(k => k.Verdict.Works);
        if (fails) Console.WriteLine($"✗ 没有一个次序{(scene.IsExchange ? "送达" : "做得成")}");
        return fails || varying.Length > 1 || kinds.Any(k => k.Verdict.IsWrong) ? 1 : explorer.IsComplete ? 0 : 3;
    }

    // 走不动的状态，按怎样收场、留下什么分开，各取最短的次序。
    private Kind[] Ends(Explorer explorer, int[] states, BigInteger[]? orders)
    {
        (int From, int Move)[] shortest = explorer.Shortest();
        return
        [
            .. states
                .Where(i => explorer.States[i].Ready.Length == 0)
                .GroupBy(i => (Verdict.Of(scene, parts, explorer.States[i]), Left(explorer.States[i])))
                .Select(same =>
                {
                    int[][] paths = [.. same.Select(i => Recorder.Path(shortest, i))];
                    return new Kind(same.Key.Item1, orders == null ? null : same.Aggregate(BigInteger.Zero, (sum, i) => sum + orders[i]), same.Count(), Shorter(paths));
                }),
        ];
    }

    // 留下东西的、杀过进程的，还要再运行：两边各一次，然后接收方一直取到没有为止。
    private Kind[] Follow(Kind[] ends)
    {
        var final = new ConcurrentBag<Kind>();
        var rest = new ConcurrentQueue<Kind>(ends);
        Arena.Enter(
            () =>
            {
                while (rest.TryDequeue(out Kind? end)) final.Add(scene.IsExchange ? Follow(end) : end);
            },
            Environment.ProcessorCount);

        // 一个命令启动了全部进程：谁也没有来得太早，别的次序又做得成，报错就是次序的错。
        bool isUneven = scene.IsOwn && parts.Length == 1 && final.Any(k => k.Verdict.Works);
        return
        [
            .. final.Select(k => isUneven && !k.Verdict.Works && k.Moves.All(move => move >= 0) ? k with { Verdict = k.Verdict with { Text = k.Verdict.Text + "；别的次序做得成", IsWrong = true } } : k)
                .GroupBy(k => k.Verdict)
                .Select(same => new Kind(same.Key, same.Any(k => k.Orders == null) ? null : same.Aggregate(BigInteger.Zero, (sum, k) => sum + k.Orders!.Value), same.Sum(k => k.States), Shorter([.. same.Select(k => k.Moves)])))
                .OrderByDescending(k => k.Verdict.IsWrong).ThenByDescending(k => k.Verdict.IsLimit).ThenBy(k => k.Moves.Length).ThenBy(k => k.Verdict.Text, StringComparer.Ordinal),
        ];
    }

    private Kind Follow(Kind end)
    {
        bool killed = end.Moves.Any(move => move < 0);
        using Run run = Run.Start(parts);
        var moves = new List<int>();
        foreach (int move in end.Moves) Take(move);
        if (!killed && !Verdict.HasLeft(scene, run.Now)) return end;

        int before = run.Now.Lanes.Length;
        if (killed)
        {
            foreach (int part in scene.Pair) Enter(part);
        }

        // 一条也没有了，接收方会说没有，或者一直等。
        for (int i = 0; i < MostReceivers && Verdict.HasLeft(scene, run.Now); i++)
        {
            Enter(scene.Pair[^1]);
            if (run.Now.Lanes[^1] is not { State: State.Exited, Why: "0" } || scene.Keeps) break;
        }

        return end with { Verdict = Verdict.Of(scene, parts, run.Now, before), Moves = [.. moves] };

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
            while (run.Now.Ready.Length > 0) Take(run.Now.Ready.Contains(lane) ? lane : run.Now.Ready[0]);
        }
    }

    // 读者自己的程序：没有说什么是错，各个进程都正常结束了，打印的却不止一种。
    private (string Lines, int[] Moves)[] Varying(Explorer explorer, int[] states)
    {
        if (!scene.IsOwn || scene.IsExchange || scene.Wrong != null) return [];
        (int From, int Move)[] shortest = explorer.Shortest();
        return
        [
            .. states.Where(i => explorer.States[i].Ready.Length == 0 && Verdict.Of(scene, parts, explorer.States[i]).Works)
                .GroupBy(i => Verdict.Lines(parts, explorer.States[i]))
                .Select(same => (same.Key, Shorter([.. same.Select(i => Recorder.Path(shortest, i))])))
                .OrderBy(one => one.Item2.Length),
        ];
    }

    private static string Left(Snapshot end) => string.Join('\n', end.Objects.Where(o => o.IsNamed).Select(o => o.ToString()));

    private static int[] Shorter(int[][] paths) => paths.MinBy(p => (p.Length, Order.Write(p)))!;

    private static string Count(BigInteger? number) =>
        number is not { } n ? "无穷多" : n < 1_000_000_000_000 ? $"{n} " : string.Create(CultureInfo.InvariantCulture, $"约 {(double)n:0.0e+0} ");
}
