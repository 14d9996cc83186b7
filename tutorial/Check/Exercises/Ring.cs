using System.Text.RegularExpressions;

namespace Check.Exercises;

/// <summary>12、19：一个或两个生产者、一个消费者、八个格子。</summary>
/// <param name="producers">几个生产者；值平分给它们。</param>
internal sealed class Ring(Trial trial, int producers)
{
    private const int Slots = 8;

    // 等的时候，是一遍一遍地问。
    private bool _producerAsks, _consumerAsks;

    public void Check()
    {
        foreach (int count in new[] { 20, 300 })
        {
            int[] values = Trial.Fresh(count);
            Ending ending = trial.Run(Args(Trial.Name(), values));
            if (ending.Status == 0 && Wrong(values, ending.Output) is { } wrong) throw new Rejected($"消费者取出全部 {count} 个值，每个生产者的次序不变", wrong);
            ending.Must($"消费者取出全部 {count} 个值", good: true);
        }

        ProducersFirst();
        if (producers == 1) ConsumerFirst();
        for (int steps = 5; producers == 2 && steps <= 12; steps++) Stopped(steps);
        if (_producerAsks) Patient(full: true);
        if (_consumerAsks) Patient(full: false);
    }

    // 生产者每次都走到不能再走，消费者才走一步：放得太早的，盖掉还没有取走的。换掉其中一格，消费者应当取到换过的。
    private void ProducersFirst()
    {
        int[] values = Trial.Fresh(12);
        string name = Trial.Name();
        using Show show = Start(name, values, out int[] makers, out int consumer);
        using SharedObject? shared = SharedObject.Open("/dev/shm" + name);
        int[] Present() => shared == null ? [] : [.. values.Where(shared.Holds)];
        show.Far(makers[0]);
        if (producers == 2 && Present().Length != values.Length / 2) throw show.Refuse("两个生产者各放一半", $"只有第一个生产者走，放了 {Present().Length} 个，一共 {values.Length} 个");
        foreach (int maker in makers) show.Far(maker);
        int[] present = Present();
        if (present.Length != Slots || (producers == 1 && !present.SequenceEqual(values.Take(Slots))))
        {
            throw show.Refuse($"消费者停着，生产者放满 {Slots} 格，然后等", "消费者一步也没有走，" + (
                present.Length > Slots ? $"内存里有 {present.Length} 个值：不止 {Slots} 格"
                : present.FirstOrDefault(values[0]) == values[0] && present.Length < Slots && !show.CanGo(makers[0]) && !show.HasEnded(makers[0]) ? $"生产者只放了 {present.Length} 个就停下来等，而 {Slots} 格都空着"
                : $"内存里是第 {string.Join('、', present.Select(v => Array.IndexOf(values, v) + 1))} 个值：还没取走的被盖掉了，没有取到的就丢了"));
        }

        _producerAsks = show.CanGo(makers[^1]);
        int other = Trial.Fresh(), at = Array.IndexOf(values, present[3]);
        shared!.Replace(values[at], other);
        values[at] = other;
        while (show.Step(consumer)) Array.ForEach(makers, maker => show.Far(maker));
        MustEnd(show, values, $"消费者每走一步，生产者就走到不能再走，消费者取出的仍是全部 {values.Length} 个（趁它们停着，第 {at + 1} 个换成了 {other}）");
    }

    // 消费者每次都走到不能再走，生产者才走一步：取得太早的，取到还没有放的。
    private void ConsumerFirst()
    {
        int[] values = Trial.Fresh(4);
        using Show show = Start(Trial.Name(), values, out int[] makers, out int consumer);
        show.Far(consumer);
        if (show.Printed(consumer) != "" || show.HasEnded(consumer)) throw show.Refuse("什么也没有，消费者就等", $"生产者一步也没有走，{show.Said(consumer)}");
        _consumerAsks = show.CanGo(consumer);
        while (show.Step(makers[0])) show.Far(consumer);
        MustEnd(show, values, $"生产者每走一步，消费者就走到不能再走，取出的仍是全部 {values.Length} 个");
    }

    // 满了，或者空着，一遍一遍地问的：对方一直不来。
    private void Patient(bool full)
    {
        using Show show = Start(Trial.Name(), Trial.Fresh(12), out int[] makers, out int consumer);
        int[] waiting = full ? makers : [consumer];
        foreach (int lane in waiting) show.Far(lane);
        show.MustBePatient(waiting[^1]);
    }

    // 第一个生产者停在第几步，第二个走到不能再走，消费者也走到不能再走，然后一人一步。
    private void Stopped(int steps)
    {
        int[] values = Trial.Fresh(4);
        using Show show = Start(Trial.Name(), values, out int[] makers, out int consumer);
        show.Steps(makers[0], steps);
        show.Far(makers[1]);
        show.Far(consumer);
        _consumerAsks |= show.CanGo(consumer);
        MustEnd(show, values, $"第一个生产者停在第 {steps} 步，第二个走到不能再走，消费者也一样，然后一人一步：消费者一个不差地取出来");
    }

    private static string[] Args(string name, int[] values) => [name, .. values.Select(v => $"{v}")];

    private Show Start(string name, int[] values, out int[] makers, out int consumer)
    {
        Show show = trial.Stage(Args(name, values), children: producers + 1);
        (makers, consumer) = (show.All("producer"), show.Find("consumer"));
        if (consumer >= 0 && makers.Length == producers) return show;
        using (show) throw show.Refuse($"启动 {producers} 个生产者和一个消费者", $"来的是 {string.Join('、', Enumerable.Range(1, show.Count - 1).Select(show.Who))}");
    }

    private void MustEnd(Show show, int[] values, string expected)
    {
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse(expected, $"走不完：{show.Said()}");
        if (Wrong(values, show.Output) is { } wrong) throw show.Refuse(expected, wrong);
        show.LeaveNothing();
    }

    // 每个生产者的值，取到的与放的逐个对照；对得上为 null。
    private string? Wrong(int[] values, string output)
    {
        int[] printed = [.. Regex.Matches(output, "(?<![0-9])[0-9]{9}(?![0-9])").Select(m => int.Parse(m.Value, null))], missing = [.. values.Except(printed)];
        string counts = $"放了 {values.Length} 个，取到 {printed.Length} 个";
        foreach (int[] part in values.Chunk(values.Length / producers))
        {
            int[] taken = producers == 1 ? printed : [.. printed.Where(part.Contains)];
            int at = part.Zip(taken).TakeWhile(p => p.First == p.Second).Count();
            if (at == part.Length && at == taken.Length) continue;
            if (missing.Length > 0) counts += $"，没有取到的有 {missing.Length} 个（{missing[0]} …）";
            if (at == taken.Length) return counts;
            string was = Array.IndexOf(part, taken[at]) is >= 0 and int nth ? $"（第 {nth + 1} 个）" : "";
            return $"{counts}；第 {at + 1} 个应当是 {(at < part.Length ? part[at] : "没有了")}，取到的是 {taken[at]}{was}";
        }

        return printed.Length == values.Length ? null : counts;
    }
}
