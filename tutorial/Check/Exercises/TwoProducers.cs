using System.Text.RegularExpressions;

namespace Check.Exercises;

/// <summary>19：两个生产者，一个环。</summary>
internal static class TwoProducers
{
    public static Exercise Exercise => new("19-two-producers", "两个生产者", "tutorial/13-lost-updates.md、18-overlap.md",
    [
        "「下一个是第几格」也是共有的：两个生产者都读到 3，会怎样？",
        "从看下标到 post，中间不能有另一个生产者。再要一个信号量当锁，初值是几？",
    ], Check);

    private static void Check(Trial trial)
    {
        int[] values = [.. Enumerable.Range(0, 40).Select(_ => Trial.Fresh())];
        Ending ending = trial.Run([Trial.Name(), .. values.Select(v => $"{v}")]);
        if (ending.Status != 0 || Wrong(values, ending.Output) is { }) throw new Rejected("消费者取出两个生产者的全部 40 个值", ending.Status != 0 ? ending.Describe() : Wrong(values, ending.Output)!);
        ending.LeaveNothing();

        Swapped(trial);
        for (int steps = 5; steps <= 12; steps++) Stopped(trial, steps);
    }

    // 两个生产者先走完，消费者还没有取，检查器换掉一格：消费者应当取到换过的。
    private static void Swapped(Trial trial)
    {
        int[] values = [.. Enumerable.Range(0, 4).Select(_ => Trial.Fresh())];
        string name = Trial.Name();
        using Show show = trial.Stage([name, .. values.Select(v => $"{v}")]);
        show.UntilChildren(3, "启动两个生产者和一个消费者");
        for (int lane = 1; lane < show.Count; lane++)
        {
            if (show.Role(lane) == "producer") show.Far(lane);
        }

        using SharedObject? shared = SharedObject.Open("/dev/shm" + name);
        int other = Trial.Fresh();
        shared?.Replace(values[1], other);
        values[1] = other;
        show.InTurn();
        if (Wrong(values, show.PrintedByAll) is { } wrong) throw show.Refuse("消费者取的是内存里的值", $"两个生产者先走完，检查器把一格换成了 {other}，再让消费者走：{wrong}");
    }

    // 第一个生产者停在第几步，第二个走到不能再走，消费者也走到不能再走，然后一人一步。
    private static void Stopped(Trial trial, int steps)
    {
        int[] values = [.. Enumerable.Range(0, 4).Select(_ => Trial.Fresh())];
        using Show show = trial.Stage([Trial.Name(), .. values.Select(v => $"{v}")]);
        const string Expected = "两个生产者不论谁停在哪一步，消费者都一个不差地取出来";
        show.UntilChildren(3, "启动两个生产者和一个消费者");
        int consumer = show.Find("consumer");
        int[] producers = [.. Enumerable.Range(0, show.Count).Where(lane => show.Role(lane) == "producer")];
        if (consumer < 0 || producers.Length != 2) throw show.Refuse("启动两个生产者和一个消费者", $"启动了 {producers.Length} 个生产者，{(consumer < 0 ? "没有" : "有")}消费者");
        for (int i = 0; i < steps; i++) show.Step(producers[0]);
        show.Far(producers[1]);
        show.Far(consumer);
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse(Expected, $"第一个生产者停在第 {steps} 步，第二个走到不能再走，然后一人一步，走不完：{show.Said(consumer)}");
        if (Wrong(values, show.PrintedByAll) is { } wrong) throw show.Refuse(Expected, $"第一个生产者停在第 {steps} 步，第二个走到不能再走，然后一人一步：{wrong}");
    }

    private static string? Wrong(int[] values, string output)
    {
        int[] printed = [.. Regex.Matches(output, "(?<![0-9])[0-9]+(?![0-9])").Select(m => int.Parse(m.Value, null))];
        int[] missing = [.. values.Except(printed)], half = values[..(values.Length / 2)];
        return missing.Length > 0 ? $"放了 {values.Length} 个，没有取到的有 {missing.Length} 个（{missing[0]} …），取到 {printed.Length} 个"
            : printed.Length != values.Length ? $"放了 {values.Length} 个，取到 {printed.Length} 个：有的取到两次"
            : !printed.Where(half.Contains).SequenceEqual(half) || !printed.Where(v => !half.Contains(v)).SequenceEqual(values.Except(half)) ? "值都取到了，同一个生产者的次序却变了" : null;
    }
}
