using System.Text.RegularExpressions;

namespace Check.Exercises;

/// <summary>12：一个生产者、一个消费者、两个信号量。</summary>
internal static class RingBuffer
{
    private const int Slots = 8;

    public static Exercise Exercise => new("12-ring-buffer", "环形缓冲区", "tutorial/10-shm-semaphore.md、13-lost-updates.md，示例 examples/10-ShmSemaphore",
    [
        "生产者比消费者快八个以上，会放到哪一格？那一格里的值取走了吗？",
        "再要一个信号量，数空着的格子：初值是几？谁在什么时候等它，谁在什么时候 post？删名字的时候也别忘了它。",
    ], Check);

    private static void Check(Trial trial)
    {
        foreach (int count in new[] { 20, 300 })
        {
            int[] values = Values(count);
            Ending ending = trial.Run([Trial.Name(), .. values.Select(v => $"{v}")]);
            if (ending.Status != 0 || !Printed(ending.Output).SequenceEqual(values)) throw new Rejected($"消费者按次序取出全部 {count} 个值", ending.Status != 0 ? ending.Describe() : Difference(values, ending.Output));
            ending.LeaveNothing();
        }

        ProducerFirst(trial);
        ConsumerFirst(trial);
    }

    // 生产者每次都走到不能再走，消费者才走一步：放得太早的，盖掉还没有取走的。换掉其中一格，消费者应当取到换过的。
    private static void ProducerFirst(Trial trial)
    {
        int[] values = Values(Slots + 3);
        string name = Trial.Name();
        (Show show, int producer, int consumer) = Start(trial, name, values);
        using (show)
        {
            show.Far(producer);
            using SharedObject? shared = SharedObject.Open("/dev/shm" + name);
            int[] present = shared == null ? [] : [.. values.Where(v => shared.Find(v).Length > 0)];
            if (!present.SequenceEqual(values.Take(Slots)))
            {
                throw show.Refuse($"消费者停着，生产者放满 {Slots} 格，然后等", "消费者一步也没有走，" + (
                    present.Length > Slots ? $"内存里有 {present.Length} 个值：不止 {Slots} 格"
                    : present.FirstOrDefault(values[0]) == values[0] ? $"生产者只放了 {present.Length} 个就停下来等，而 {Slots} 格都空着"
                    : $"内存里是第 {string.Join('、', present.Select(v => Array.IndexOf(values, v) + 1))} 个值：还没取走的被盖掉了"));
            }

            int other = Trial.Fresh();
            shared!.Replace(values[3], other);
            values[3] = other;
            while (show.Step(consumer)) show.Far(producer);
            show.InTurn();
            Same(show, consumer, values, $"消费者每走一步，生产者就走到不能再走，消费者取出的仍是全部 {values.Length} 个（趁它们停着，第 4 格换成了 {other}）");
        }
    }

    // 消费者每次都走到不能再走，生产者才走一步：取得太早的，取到还没有放的。
    private static void ConsumerFirst(Trial trial)
    {
        int[] values = Values(3);
        (Show show, int producer, int consumer) = Start(trial, Trial.Name(), values);
        using (show)
        {
            show.Far(consumer);
            if (Printed(show.Printed(consumer)).Length > 0 || show.HasEnded(consumer)) throw show.Refuse("什么也没有，消费者就等", $"生产者一步也没有走，{show.Said(consumer)}");
            while (show.Step(producer)) show.Far(consumer);
            show.InTurn();
            Same(show, consumer, values, $"生产者每走一步，消费者就走到不能再走，取出的仍是全部 {values.Length} 个");
        }
    }

    private static (Show Show, int Producer, int Consumer) Start(Trial trial, string name, int[] values)
    {
        Show show = trial.Stage([name, .. values.Select(v => $"{v}")]);
        show.UntilChildren(2, "启动生产者和消费者");
        int producer = show.Find("producer"), consumer = show.Find("consumer");
        if (producer < 0 || consumer < 0)
        {
            Rejected refused = show.Refuse("生产者和消费者同时运行", $"只启动了一个（{show.Who(show.Count - 1)}），它停着，另一个一直没有来");
            show.Dispose();
            throw refused;
        }

        return (show, producer, consumer);
    }

    private static void Same(Show show, int consumer, int[] values, string expected)
    {
        if (!Printed(show.Printed(consumer)).SequenceEqual(values)) throw show.Refuse(expected, show.HasEnded(consumer) ? Difference(values, show.Printed(consumer)) : $"{show.Said(consumer)}；{show.Said(show.Find("producer"))}");
        if (show.Left() is { Length: > 0 } left) throw new Rejected(Result.LeftBehind, "结束之后什么也不留", $"忘了 unlink，留下了：{string.Join('、', left)}");
    }

    private static int[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => Trial.Fresh())];

    private static int[] Printed(string output) => [.. Regex.Matches(output, "(?<![0-9])[0-9]{9}(?![0-9])").Select(m => int.Parse(m.Value, null))];

    private static string Difference(int[] values, string output)
    {
        int[] printed = Printed(output);
        int at = values.Zip(printed).TakeWhile(p => p.First == p.Second).Count();
        return at == printed.Length ? $"只取出了 {printed.Length} 个"
            : $"第 {at + 1} 个应当是 {(at < values.Length ? values[at] : "没有了")}，取到的是 {printed[at]}{(Array.IndexOf(values, printed[at]) is >= 0 and int was ? $"（第 {was + 1} 个）" : "")}，一共取出 {printed.Length} 个";
    }
}
