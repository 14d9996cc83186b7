namespace Check.Exercises;

/// <summary>11：加一不是一步。</summary>
internal static class LostUpdates
{
    private const int Times = 4;

    public static Exercise Exercise => new("11-lost-updates", "丢失的更新", "tutorial/13-lost-updates.md，示例 examples/13-LostUpdates",
    [
        "「加一」在 CPU 上是读、加、写三步。两个进程都读到 7，都写 8，会怎样？volatile 能让三步变成一步吗？",
        "要么让 CPU 一步做完（Interlocked 里找），要么每次加之前先拿到锁（信号量，初值 1），加完就放开。",
    ], Check);

    private static void Check(Trial trial)
    {
        int times = 100_000 + Random.Shared.Next(100_000);
        trial.Run($"{times}").Must($"两个进程各加 {times} 次，最后是 {2 * times}", 2 * times);
        InTurn(trial, within: false);

        // 读和写可能在同一条语句里：算好了值，写入之前也停。
        InTurn(trial, within: true);
    }

    // 第一个加过一次，就停在中间，看第二个加不加得成；之后一人一步轮流走。读和写若分得开，两边就读到同一个数。
    internal static void InTurn(Trial trial, bool within)
    {
        string expected = $"两个进程各加 {Times} 次，每次加一，最后内存里是 {2 * Times}";
        using Show show = within ? trial.StageWithin($"{Times}") : trial.Stage($"{Times}");
        Rejected No(string should, string seen) => within ? new Rejected(should, $"检查器让两个进程也停在一条语句的中间（算好了值，还没有写入）：{seen}") : show.Refuse(should, seen);
        show.UntilChildren(2, "两个进程同时加");
        show.Far(0);
        if (show.Count < 3) throw No("两个进程同时加", "第一个进程停着，第二个一直没有启动：一个加完才启动另一个，就不是同时了");
        List<SharedObject> objects = show.Objects();
        int[] Ints() => [.. objects.SelectMany(o => o.Ints())];
        try
        {
            int[] start = Ints(), before = start;
            bool together = false;
            int jump = 0, steps = 0;
            bool Step(int lane)
            {
                if (!show.Step(lane)) return false;
                int[] now = Ints();
                steps++;
                for (int i = 0; i < now.Length; i++)
                {
                    if (now[i] - before[i] is > 1 and <= Times && now[i] <= 2 * Times) jump = now[i] - before[i];
                }

                before = now;
                return true;
            }

            int At(int[] ints, int least) => Array.FindIndex(ints, value => value >= least && value <= 2 * Times);
            while (At(before, 1) < 0 && Step(1)) { }
            int counter = At(before, 1);
            while (!within && counter >= 0 && !together && !show.HasEnded(1) && steps < 200)
            {
                int first = before[counter];
                show.Far(2, () => Ints()[counter] != first);
                before = Ints();
                together = before[counter] != first;
                if (!together && !Step(1)) break;
            }

            if (!within && !together && jump == 0 && counter >= 0) throw No("两个进程同时加", $"{show.Who(1)}加过一次以后停着，{show.Who(2)}走到不能再走，也加不成；直到前一个加完（锁不能一直拿到加完）");
            for (int round = 0; !show.HasEnded(1) || !show.HasEnded(2); round++)
            {
                bool moved = Step(1) | Step(2);
                if (round > 500 || (!moved && !show.Step(0) && !show.Wakes(1) && !show.Wakes(2))) throw No(expected, $"走不下去了：{show.Said(1)}；{show.Said(2)}");
            }

            int[] end = Ints();
            if (!end.Contains(2 * Times)) throw No(expected, $"两个进程一人一步轮流走，都走完了，内存里没有 {2 * Times}，{Most(end)}：读和写之间，另一个走了一步，两边就可能读到同一个数、写回同一个数");

            // 另起线程来加的，台上一步就是全部，看不出是不是一次加一。
            if (jump > 1 && steps > 4 * Times) throw No("一次一次地加在共有的计数器上", $"有一步就把计数器加了 {jump}：在别处加好，一次加进来。那一下若不是原子的，照样会丢");

            // 父进程打印的是内存里的数，不是算出来的数。
            int other = Trial.Fresh();
            objects.ForEach(o => o.Replace(2 * Times, other));
            show.InTurn();
            if (!show.PrintedByAll.Contains($"{other}")) throw No("父进程打印内存里的数", $"两个子进程结束之后，检查器把内存里的 {2 * Times} 换成了 {other}；{show.Said(0)}");
        }
        finally
        {
            objects.ForEach(o => o.Dispose());
        }
    }

    private static string Most(int[] ints) => ints.Where(value => value is > 0 and < 2 * Times).DefaultIfEmpty().Max() is > 0 and int most ? $"最多的一个是 {most}" : "一次也没有加进来";
}
