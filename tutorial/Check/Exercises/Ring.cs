using System.Text.RegularExpressions;

namespace Check.Exercises;

/// <summary>12、19：一个或两个生产者、一个消费者、八个格子。</summary>
internal static class Ring
{
    private const int Slots = 8;

    /// <param name="producers">几个生产者；值平分给它们。</param>
    public static void Check(Trial trial, int producers)
    {
        foreach (int count in new[] { 20, 300 })
        {
            int[] values = Trial.Fresh(count);
            Ending ending = trial.Run([Trial.Name(), .. values.Select(v => $"{v}")]);
            if (ending.Status != 0 || Wrong(values, ending.Output, producers) is { }) throw new Rejected($"消费者取出全部 {count} 个值，每个生产者的次序不变", ending.Status != 0 ? ending.Describe() : Wrong(values, ending.Output, producers)!);
            ending.LeaveNothing();
        }

        ProducersFirst(trial, producers);
        if (producers == 1) ConsumerFirst(trial);
        for (int steps = 5; producers == 2 && steps <= 12; steps++) Stopped(trial, steps);
    }

    // 生产者每次都走到不能再走，消费者才走一步：放得太早的，覆盖还没有取走的。换掉其中一格，消费者应当取到换过的。
    private static void ProducersFirst(Trial trial, int producers)
    {
        int[] values = Trial.Fresh(12);
        string name = Trial.Name();
        using Show show = Start(trial, producers, name, values);
        using SharedObject? shared = SharedObject.Open("/dev/shm" + name);
        int[] Present() => shared == null ? [] : [.. values.Where(shared.Holds)];
        int[] makers = Producers(show);
        show.Far(makers[0]);
        if (producers == 2 && Present().Length != values.Length / 2) throw show.Refuse("两个生产者各放一半", $"只有第一个生产者走，放了 {Present().Length} 个，一共 {values.Length} 个");
        foreach (int maker in makers) show.Far(maker);
        int[] present = Present();
        if (present.Length != Slots || (producers == 1 && !present.SequenceEqual(values.Take(Slots))))
        {
            throw show.Refuse($"消费者停着，生产者放满 {Slots} 格，然后等", "消费者一步也没有走，" + (
                present.Length > Slots ? $"内存里有 {present.Length} 个值：不止 {Slots} 格"
                : present.FirstOrDefault(values[0]) == values[0] && show.CanGo(makers[0]) is false && present.Length < Slots && !show.HasEnded(makers[0]) ? $"生产者只放了 {present.Length} 个就停下来等，而 {Slots} 格都空着"
                : $"内存里是第 {string.Join('、', present.Select(v => Array.IndexOf(values, v) + 1))} 个值：还没有取走的被覆盖了，没有取到的就丢了"));
        }

        int other = Trial.Fresh(), at = Array.IndexOf(values, present[3]), consumer = show.Find("consumer");
        shared!.Replace(values[at], other);
        values[at] = other;
        while (show.Step(consumer)) Array.ForEach(makers, maker => show.Far(maker));
        End(show, values, producers, $"消费者每走一步，生产者就走到不能再走，消费者取出的仍是全部 {values.Length} 个（趁它们停着，第 {at + 1} 个换成了 {other}）");
    }

    // 消费者每次都走到不能再走，生产者才走一步：取得太早的，取到还没有放的。
    private static void ConsumerFirst(Trial trial)
    {
        int[] values = Trial.Fresh(4);
        using Show show = Start(trial, 1, Trial.Name(), values);
        int consumer = show.Find("consumer");
        show.Far(consumer);
        if (show.Printed(consumer) != "" || show.HasEnded(consumer)) throw show.Refuse("什么也没有，消费者就等", $"生产者一步也没有走，{show.Said(consumer)}");
        while (show.Step(show.Find("producer"))) show.Far(consumer);
        End(show, values, 1, $"生产者每走一步，消费者就走到不能再走，取出的仍是全部 {values.Length} 个");
    }

    // 第一个生产者停在第几步，第二个走到不能再走，消费者也走到不能再走，然后一人一步。
    private static void Stopped(Trial trial, int steps)
    {
        int[] values = Trial.Fresh(4);
        using Show show = Start(trial, 2, Trial.Name(), values);
        int[] makers = Producers(show);
        for (int i = 0; i < steps; i++) show.Step(makers[0]);
        show.Far(makers[1]);
        show.Far(show.Find("consumer"));
        End(show, values, 2, $"第一个生产者停在第 {steps} 步，第二个走到不能再走，消费者也一样，然后一人一步：消费者一个不差地取出来");
    }

    private static Show Start(Trial trial, int producers, string name, int[] values)
    {
        Show show = trial.Stage([name, .. values.Select(v => $"{v}")], children: producers + 1);
        if (show.Find("consumer") >= 0 && Producers(show).Length == producers) return show;
        using (show) throw show.Refuse($"启动 {producers} 个生产者和一个消费者", $"来的是 {string.Join('、', Enumerable.Range(1, show.Count - 1).Select(show.Who))}");
    }

    private static int[] Producers(Show show) => [.. Enumerable.Range(0, show.Count).Where(lane => show.Role(lane) == "producer")];

    private static void End(Show show, int[] values, int producers, string expected)
    {
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse(expected, $"走不完：{string.Join('；', Enumerable.Range(1, show.Count - 1).Select(show.Said))}");
        if (Wrong(values, show.Output, producers) is { } wrong) throw show.Refuse(expected, wrong);
        show.LeaveNothing();
    }

    // 每个生产者的值，取到的与放的逐个对照。
    private static string? Wrong(int[] values, string output, int producers)
    {
        int[] printed = [.. Regex.Matches(output, "(?<![0-9])[0-9]{9}(?![0-9])").Select(m => int.Parse(m.Value, null))], missing = [.. values.Except(printed)];
        foreach (int[] part in values.Chunk(values.Length / producers))
        {
            int[] taken = producers == 1 ? printed : [.. printed.Where(part.Contains)];
            int at = part.Zip(taken).TakeWhile(p => p.First == p.Second).Count();
            if (at == part.Length && at == taken.Length) continue;
            string where = at == taken.Length ? "" : $"；第 {at + 1} 个应当是 {(at < part.Length ? part[at] : "没有了")}，取到的是 {taken[at]}{(Array.IndexOf(part, taken[at]) is >= 0 and int was ? $"（第 {was + 1} 个）" : "")}";
            return $"放了 {values.Length} 个，取到 {printed.Length} 个{(missing.Length > 0 ? $"，没有取到的有 {missing.Length} 个（{missing[0]} …）" : "")}{where}";
        }

        return printed.Length == values.Length ? null : $"放了 {values.Length} 个，取到 {printed.Length} 个";
    }
}
