namespace Check.Exercises;

/// <summary>11、13：两个进程给同一个计数器各加几次。</summary>
internal static class Counter
{
    private const int Times = 3, Rounds = 30;

    /// <param name="dies">13：持有锁的进程死了，死在加锁、加一、放开的每一处；别的与 11 相同。</param>
    public static void Whole(Trial trial, bool dies)
    {
        int times = Random.Shared.Next(33_000, 36_000); // 各加的次数，short 装不下；合起来，ushort 也装不下。
        trial.Run($"{times}").Must($"两个进程各加 {times} 次，最后是 {2 * times}", whole => whole.Output.Contains($"内存里是 {2 * times}") || Regex.Match(whole.Output, "[0-9]+", RegexOptions.RightToLeft).Value == $"{2 * times}");

        int counter = Alternating(trial);
        trial.Scenes([own => OneByOne(own, counter, dies ? 40 : 160), own => Amid(own, counter), .. Trial.Places((own, place) => Early(own, place, counter)), .. Trial.Places((own, place) => !dies && Late(own, place, counter)), .. Trial.Places((own, place) => dies && KillAt(own, place, counter))]);
    }

    // 一人一步轮流走：读和写若分得开，两边就读到同一个数。
    private static int Alternating(Trial trial)
    {
        Show show = Start(trial);
        show.InTurn(() => [1, 2]);
        int counter = Counted(show, "两个进程一人一步轮流走");
        show.MustPrintSwapped(show.Objects, 2 * Times, Trial.Fresh());
        return counter;
    }

    // 一场里，第一个停遍加一次的每一处（算好了值、写入之前也停），第二个加一次：要等锁的，第一个走出来就加得成，锁不能一直拿到加完。
    private static bool Amid(Trial trial, int counter, bool tried = false)
    {
        Show show = trial.Stage([$"{Rounds}"], children: 2, within: true);
        for (int place = 0; place < 12 && show.Reach(1, place) != null; place++)
        {
            foreach ((int lane, int other) in new[] { (2, 1), (1, 2) }) if (!Add(show, lane, other, counter, tried)) return show.MustBePatient(lane) && Amid(trial, counter, tried: true);
        }

        show.InTurn(() => [1, 2]);
        return Counted(show, "第一个停在每一处，第二个加一次，然后一人一步", Rounds) >= 0;
    }

    // 一个加一次；加不成的，另一个走一步，再看。没有别人在走，自己也一遍一遍地问着的，返回 false。
    private static bool Add(Show show, int lane, int other, int counter, bool tried)
    {
        for (int start = Ints(show)[counter]; ;)
        {
            int before = Ints(show)[counter];
            show.Far(lane, () => Ints(show)[counter] != before);
            for (int i = 0; !tried && i < 300 && Ints(show)[counter] == before; i++) show.Step(lane); // 有的锁加一次要走几十步
            if (Ints(show)[counter] != before || show.HasEnded(lane)) return true;
            if (!tried && show.CanGo(lane)) return false;
            if (before > start + Rounds || !show.Step(other) || show.HasEnded(other)) throw show.Refuse("两个进程同时加", $"一个 {show.Who(other)}加过以后，一步一步地走，另一个每次都走到不能再走，总也加不成（锁不能一直拿到加完）");
        }
    }

    // 次数很多：也是一次一次地加，加过一阵也一样。
    private static void OneByOne(Trial trial, int counter, int enough)
    {
        if (trial.HasThreads) return;
        Show show = trial.Stage([$"{Random.Shared.Next(500_000_000, 1_000_000_000)}"], children: 2);
        int last = 0, odd = 0, more = 0, steps = 0;
        show.InTurn(() => [1, 2], () =>
        {
            // 不是前一个数，也不是加一：是占着位置的一个数，就应当又换回来。
            int now = Ints(show)[counter];
            if (now == last || now == last + 1) (last, odd) = (now, 0);
            else if (odd == 0 || now == odd) odd = now;
            else more = odd - last;
            return more != 0 || last >= enough || ++steps > 3000; // 有的锁加一次要走几十步
        });
        if (more != 0 || last < (steps > 3000 ? 20 : enough)) throw show.Refuse("一次一次地加在共有的计数器上", $"{(more != 0 ? $"有一步就把计数器加了 {more}" : $"两个进程走了许多步，计数器还是 {last}")}：在别处加好，一次加进来");
        foreach ((int lane, int other) in new[] { (2, 1), (1, 2) }) Add(show, lane, other, counter, tried: true);
    }

    private static int Counted(Show show, string how, int times = Times)
    {
        string expected = $"两个进程各加 {times} 次，每次加一，最后内存里是 {2 * times}";
        if (!show.Succeeded(1) || !show.Succeeded(2)) throw show.Refuse(expected, $"{how}，{(show.HasEnded(1) && show.HasEnded(2) ? "没有都正常结束" : "走不下去了")}：{show.Said()}");
        int[] end = Ints(show);
        if (Array.IndexOf(end, 2 * times) is >= 0 and int counter) return counter;
        string most = end.Where(value => value > 0 && value < 2 * times).DefaultIfEmpty().Max() is > 0 and int value ? $"最多的一个是 {value}" : "一次也没有加进来";
        throw show.Refuse(expected, $"{how}，都走完了，内存里没有 {2 * times}，{most}：{(end.Count(value => value == times) > 1 ? "两个进程加的不是同一个数" : "读和写之间，另一个走了一步，两边就可能读到同一个数、写回同一个数")}");
    }

    // 一个还没有加过，停在每一处，另一个加一次，停在那里；前一个也加一次：锁由谁准备好，也有先后。
    private static bool Early(Trial trial, int place, int counter)
    {
        Show show = Start(trial, within: true);
        if (show.Reach(1, place, halves: false) is not { } stopped || Ints(show)[counter] > 0) return false;
        show.Far(2, () => Ints(show)[counter] > 0);
        show.Far(1, () => Ints(show)[counter] > 1);
        show.InTurn(() => [1, 2]);
        return Counted(show, $"第一个{stopped}，第二个加一次，第一个也加一次，然后一人一步") >= 0;
    }

    // 一个加好了最后一次，还没有放开锁；另一个停在每一处，前一个走完：后来的不能再睡着等它。
    private static bool Late(Trial trial, int place, int counter)
    {
        Show show = Start(trial, within: true);
        show.Far(1, () => Ints(show)[counter] == Times);
        if (Ints(show)[counter] != Times || show.Reach(2, place, halves: false) is not { } stopped) return false;
        show.Far(1);
        show.InTurn(() => [1, 2]);
        return Counted(show, $"第一个加好最后一次，第二个{stopped}，第一个走完，然后第二个走") >= 0;
    }

    // 加过一次以后，死在第二次的每一处；一次也没有加就死了的，在前两处。两个进程都死过。
    private static bool KillAt(Trial trial, int place, int counter)
    {
        Show show = Start(trial);
        (int dying, int other) = place % 2 == 0 ? (2, 1) : (1, 2);
        HashSet<string> seen = [];
        if (place > 1) show.Far(dying, () => !seen.Add(show.At(dying)) && Ints(show)[counter] > 0);
        int done = Ints(show)[counter];
        if (show.Reach(dying, Math.Max(0, place - 2)) is not { } stopped) return false;
        show.Kill(dying, SIGKILL);
        int now = Ints(show)[counter];
        show.Far(other);

        // 死在一次的中间，这一次加进来了没有，都行，至多算一次；走过了不止一次的，说不准。
        int end = Ints(show)[counter], more = end - Times;
        if (now > done + 1) done = more == now + 1 ? now : now - 1;
        if (!show.Succeeded(other) || more < done || more > done + 1) throw show.Refuse($"一个进程{stopped}，死在那里，另一个照样加完 {Times} 次，加好了的也都在", $"检查器杀死了第{(dying == 1 ? "一" : "二")}个进程，那时内存里的数是 {now}；{show.Said(other)}，内存里的数是 {end}");
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse("两个子进程都结束了，父进程也结束", show.Said(0));
        return true;
    }

    private static Show Start(Trial trial, bool within = false) => trial.Stage([$"{Times}"], children: 2, within);
    private static int[] Ints(Show show) => [.. show.Objects.SelectMany(o => o.Ints)];
}
