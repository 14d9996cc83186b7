namespace Check.Exercises;

/// <summary>11、13：两个进程给同一个计数器各加几次。</summary>
internal static class Counter
{
    private const int Times = 4, Enough = 160;

    /// <summary>13：持有锁的进程死了，死在加锁、加一、放开的每一处。</summary>
    public static void HolderDies(Trial trial) => Whole(trial, KillAt);

    /// <summary>11，也是 13 的前一半。</summary>
    /// <param name="dies">一个进程死在一处；也给出计数器是共享的内存里的第几个 int。</param>
    public static void Whole(Trial trial, Func<Trial, int, int, bool>? dies = null)
    {
        int times = Random.Shared.Next(33_000, 36_000); // 各加的次数，short 装不下；合起来，ushort 也装不下。
        trial.Run($"{times}").Must($"两个进程各加 {times} 次，最后是 {2 * times}", whole => whole.Output.Contains($"内存里是 {2 * times}") || Regex.Match(whole.Output, "[0-9]+", RegexOptions.RightToLeft).Value == $"{2 * times}");

        // 读和写可能在同一条语句里：算好了值，写入之前也停。
        int counter = Alternating(trial, within: false);
        trial.Scenes([own => OneByOne(own, counter), own => Alternating(own, within: true), own => Together(own, counter), .. Trial.Places((own, place) => dies?.Invoke(own, place, counter) == true)]);
    }

    // 一人一步轮流走：读和写若分得开，两边就读到同一个数。
    private static int Alternating(Trial trial, bool within)
    {
        Show show = Start(trial, within);
        show.InTurn(() => [1, 2]);
        int counter = Counted(show, "两个进程一人一步轮流走");

        // 父进程打印的是内存里的数，不是算出来的数。
        show.MustPrintSwapped(show.Objects, 2 * Times);
        return counter;
    }

    // 第一个加过一次，停在它的每一步，总有一步第二个加得成：锁不能一直拿到加完。
    private static bool Together(Trial trial, int counter, bool tried = false)
    {
        Show show = Start(trial, within: true);
        show.Far(1, () => Ints(show)[counter] > 0);
        while (true)
        {
            int before = Ints(show)[counter];
            show.Far(2, () => Ints(show)[counter] != before);
            if (Ints(show)[counter] != before) break;
            if (!tried && show.CanGo(2)) return show.MustBePatient(2) && Together(trial, counter, tried: true);
            if (!show.Step(1) || show.HasEnded(1)) throw show.Refuse("两个进程同时加", $"一个 {show.Who(1)}加过一次以后停着，另一个走到不能再走，也加不成；直到前一个加完（锁不能一直拿到加完）");
        }

        show.InTurn(() => [1, 2]);
        return Counted(show, "第一个停在中间，第二个走到不能再走，然后一人一步") >= 0;
    }

    // 次数很多：也是一次一次地加，加过一阵也一样。
    private static void OneByOne(Trial trial, int counter)
    {
        if (trial.HasThreads) return;
        Show show = trial.Stage([$"{Random.Shared.Next(500_000_000, 1_000_000_000)}"], children: 2);
        int last = 0, most = 0;
        show.InTurn(() => [1, 2], () =>
        {
            int now = Ints(show)[counter];
            (most, last) = (Math.Max(most, now - last), now);
            return most > 1 || now >= Enough;
        });
        if (most != 1 || last < Enough) throw show.Refuse("一次一次地加在共有的计数器上", $"{(most > 1 ? $"有一步就把计数器加了 {most}" : $"两个进程走了许多步，计数器还是 {last}")}：在别处加好，一次加进来");
    }

    private static int Counted(Show show, string how)
    {
        string expected = $"两个进程各加 {Times} 次，每次加一，最后内存里是 {2 * Times}";
        if (!show.HasEnded(1) || !show.HasEnded(2)) throw show.Refuse(expected, $"走不下去了：{show.Said()}");
        int[] end = Ints(show);
        if (Array.IndexOf(end, 2 * Times) is >= 0 and int counter) return counter;
        string most = end.Where(value => value is > 0 and < 2 * Times).DefaultIfEmpty().Max() is > 0 and int value ? $"最多的一个是 {value}" : "一次也没有加进来";
        throw show.Refuse(expected, $"{how}，都走完了，内存里没有 {2 * Times}，{most}：{(end.Count(value => value == Times) > 1 ? "两个进程加的不是同一个数" : "读和写之间，另一个走了一步，两边就可能读到同一个数、写回同一个数")}");
    }

    private static bool KillAt(Trial trial, int place, int counter)
    {
        Show show = Start(trial, within: false);
        if (show.Reach(1, place) is not { } stopped) return false;
        show.Kill(1, SIGKILL);
        show.Far(2);
        int end = Ints(show)[counter];
        if (!show.Succeeded(2) || end is < Times or > 2 * Times) throw show.Refuse($"一个进程{stopped}，死在那里，另一个照样加完 {Times} 次", $"检查器杀死了第一个进程，{show.Said(2)}，内存里的数是 {end}");
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse("两个子进程都结束了，父进程也结束", show.Said(0));
        return true;
    }

    private static Show Start(Trial trial, bool within) => trial.Stage([$"{Times}"], children: 2, within);
    private static int[] Ints(Show show) => [.. show.Objects.DistinctBy(o => o.Id).SelectMany(o => o.Ints)];
}
