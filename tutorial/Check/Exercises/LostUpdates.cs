namespace Check.Exercises;

/// <summary>11：加一不是一步。</summary>
internal static class LostUpdates
{
    private const int Times = 3;
    private static readonly int[] Workers = [1, 2];

    public static Exercise Exercise => new("11-lost-updates", "丢失的更新", "tutorial/13-lost-updates.md，示例 examples/13-LostUpdates",
    [
        "「加一」在 CPU 上是读、加、写三步。两个进程都读到 7，都写 8，会怎样？volatile 能让三步变成一步吗？",
        "要么让 CPU 一步做完（Interlocked 里找），要么每次加之前先拿到锁（信号量，初值 1），加完就放开。",
    ], Check);

    private static void Check(Trial trial)
    {
        int times = 100_000 + Random.Shared.Next(100_000);
        trial.Run($"{times}").Must($"两个进程各加 {times} 次，最后是 {2 * times}", 2 * times);
        InTurn(trial);
    }

    // 两个进程一人一步轮流走，各加三次：读和写若分得开，两边就读到同一个数。
    private static void InTurn(Trial trial)
    {
        string expected = $"两个进程各加 {Times} 次，每次加一，最后内存里是 {2 * Times}";
        using Show show = trial.Stage($"{Times}");
        show.UntilChildren(2, "两个进程同时加");
        show.Far(0);
        if (show.Count < 3) throw show.Refuse("两个进程同时加", "第一个进程停着，第二个一直没有启动：一个加完才启动另一个，就不是同时了");
        List<SharedObject> objects = show.Objects();
        int[] Ints() => [.. objects.SelectMany(o => o.Ints())];
        var steps = new List<(int Lane, int[] Ints)>();
        try
        {
            steps.Add((0, Ints()));
            for (int round = 0; !show.HasEnded(1) || !show.HasEnded(2); round++)
            {
                bool moved = false;
                foreach (int lane in Workers.Where(show.Step))
                {
                    moved = true;
                    steps.Add((lane, Ints()));
                }

                if (round > 500 || (!moved && !show.Step(0) && !show.Wakes(1) && !show.Wakes(2))) throw show.Refuse(expected, $"走不下去了：{show.Said(1)}；{show.Said(2)}");
            }

            int at = Array.FindIndex(steps[^1].Ints, value => value == 2 * Times);
            if (at < 0) throw show.Refuse(expected, $"两个进程一人一步轮流走，都走完了，内存里没有 {2 * Times}，{Most(steps[^1].Ints)}：读和写之间，另一个走了一步，两边就可能读到同一个数、写回同一个数");
            Together(show, steps, at);

            // 父进程打印的是内存里的数，不是算出来的数。
            int other = Trial.Fresh();
            objects.ForEach(o => o.Replace(2 * Times, other));
            show.InTurn();
            if (!show.Printed(0).Contains($"{other}")) throw show.Refuse("父进程打印内存里的数", $"两个子进程结束之后，检查器把内存里的 {2 * Times} 换成了 {other}；{show.Said(0)}");
        }
        finally
        {
            objects.ForEach(o => o.Dispose());
        }
    }

    // 计数器每一步至多加一；先加完的那一个加完之前，另一个也加过。另起线程来加的，台上一步就是全部，看不出先后，不管。
    private static void Together(Show show, List<(int Lane, int[] Ints)> steps, int at)
    {
        var done = new int[3];
        for (int i = 1; i < steps.Count; i++)
        {
            (int lane, int[] ints) = steps[i];
            int added = ints[at] - steps[i - 1].Ints[at];
            if (added > 1 && steps.Take(i).Count(s => s.Lane == lane) > Times) throw show.Refuse("一次一次地加在共有的计数器上", $"{show.Who(lane)}一步就把计数器从 {steps[i - 1].Ints[at]} 变成了 {ints[at]}：在别处加好，一次加进来。那一下若不是原子的，照样会丢");
            done[lane] += added;
            if (added == 1 && done[lane] == Times && done[3 - lane] == 0) throw show.Refuse("两个进程同时加", $"一人一步轮流走，{show.Who(lane)}加完了 {Times} 次，另一个一次也没有加成：锁不能一直拿到加完");
        }
    }

    private static string Most(int[] ints) => ints.Where(value => value is > 0 and < 2 * Times).DefaultIfEmpty().Max() is > 0 and int most ? $"最多的一个是 {most}" : "一次也没有加进来";
}
