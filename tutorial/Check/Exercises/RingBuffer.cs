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
        int[] values = Values(20);
        Ending ending = trial.Run([Trial.Name(), .. values.Select(v => $"{v}")]);
        if (ending.Status != 0 || !Printed(ending.Output).SequenceEqual(values)) throw Differs("消费者按次序取出全部 20 个值", values, ending);
        ending.LeaveNothing();

        Trial.Stage(() => SlowConsumer(trial));
        Trial.Stage(() => SlowProducer(trial));
        Trial.Stage(() => TakeThenPost(trial));

        values = Values(300);
        ending = trial.Run([Trial.Name(), .. values.Select(v => $"{v}")]);
        if (ending.Status != 0 || !Printed(ending.Output).SequenceEqual(values)) throw Differs("消费者按次序取出全部 300 个值", values, ending);
        ending.LeaveNothing();
    }

    // 消费者停着：生产者放满八格就该等。换掉其中一格，消费者应当取到换过的。
    private static void SlowConsumer(Trial trial)
    {
        int[] values = Values(30);
        string name = Trial.Name();
        using Play play = trial.Start([name, .. values.Select(v => $"{v}")]);
        Peer consumer = play.Catch("启动一个进程，参数里有 consumer", "consumer");
        using SharedObject shared = play.Until(() => SharedObject.Open("/dev/shm" + name), $"造出共享内存对象 {name}");
        play.Until(() => values.Skip(Slots - 1).Any(v => shared.Find(v).Length > 0) ? shared : null, $"消费者停着，生产者先放满 {Slots} 格");
        play.Quiet(TimeSpan.FromSeconds(0.25));

        int[] present = [.. values.Where(v => shared.Find(v).Length > 0)];
        if (!present.SequenceEqual(values.Take(Slots)))
        {
            throw new Rejected($"消费者停着，生产者放满 {Slots} 格就等", "检查器让消费者停住，" + (present.Length > Slots
                ? $"内存里有 {present.Length} 个值：不止 {Slots} 格"
                : $"内存里是第 {string.Join('、', present.Select(v => Array.IndexOf(values, v) + 1))} 个值：还没取走的被盖掉了"));
        }

        int other = Trial.Fresh();
        foreach (int offset in shared.Find(values[3])) shared.Write(offset, other);
        values[3] = other;
        consumer.Continue();
        Ending ending = play.Finish();
        if (ending.Status != 0 || !Printed(ending.Output).SequenceEqual(values)) throw Differs($"消费者取的是内存里的值（检查器趁它停着，把第 4 格换成了 {other}）", values, ending);
        ending.LeaveNothing();
    }

    // 生产者停着：消费者什么也取不到，就该等。再把对象缩成 0 字节，生产者一放就死；它死了，消费者还在等，才是先放后报。
    private static void SlowProducer(Trial trial)
    {
        int[] values = Values(12);
        string name = Trial.Name();
        using Play play = trial.Start([name, .. values.Select(v => $"{v}")]);
        Peer producer = play.Catch("启动一个进程，参数里有 producer", "producer");
        using SharedObject shared = play.Until(() => SharedObject.Open("/dev/shm" + name), $"造出共享内存对象 {name}");
        bool quiet = play.Quiet(TimeSpan.FromSeconds(0.2));
        if (Printed(play.Output).Length > 0 || play.HasEnded)
        {
            throw new Rejected("生产者停着，消费者什么也没有就等", $"检查器让生产者停住，消费者却取到了「{play.Output.ReplaceLineEndings(" ").Trim()}」");
        }

        // 反复看对象来等的，一缩就死，看不出先后。
        Peer? consumer = play.Children("consumer").FirstOrDefault();
        if (!quiet || consumer == null) return;
        play.Root.Stop();
        shared.Resize(0);
        producer.Continue();
        play.Until(() => producer.HasEnded ? producer : null, "检查器把对象缩成 0 字节，生产者死在放值的那一行");
        play.Quiet(TimeSpan.FromSeconds(0.1));
        if (consumer.HasEnded) throw new Rejected("生产者先放好值，再报多了一个", "检查器把对象缩成 0 字节，生产者死在放值的那一行，消费者却已经醒了：它先 post 了，消费者可能取到旧的值");
    }

    // 满了，生产者在等；这时把对象缩成 0 字节，消费者一取就死。它死了，生产者还在等，才是先取后报。
    private static void TakeThenPost(Trial trial)
    {
        string name = Trial.Name();
        using Play play = trial.Start([name, .. Values(30).Select(v => $"{v}")]);
        Peer consumer = play.Catch("启动一个进程，参数里有 consumer", "consumer");
        using SharedObject shared = play.Until(() => SharedObject.Open("/dev/shm" + name), $"造出共享内存对象 {name}");
        Peer producer = play.Until(() => play.Children("producer").FirstOrDefault(), "启动一个进程，参数里有 producer");

        // 反复看对象来等的，一缩就死，看不出先后。
        if (!play.Quiet(TimeSpan.FromSeconds(0.25))) return;
        play.Root.Stop();
        shared.Resize(0);
        consumer.Continue();
        play.Until(() => consumer.HasEnded ? consumer : null, "检查器把对象缩成 0 字节，消费者死在取值的那一行");
        play.Quiet(TimeSpan.FromSeconds(0.1));
        if (producer.HasEnded) throw new Rejected("消费者先取出值，再报空了一格", "检查器把对象缩成 0 字节，消费者死在取值的那一行，生产者却已经醒了：它先 post 了，那一格还没取就可能被盖掉");
    }

    private static int[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => Trial.Fresh())];

    private static int[] Printed(string output) => [.. Regex.Matches(output, "(?<![0-9])[0-9]{9}(?![0-9])").Select(m => int.Parse(m.Value, null))];

    private static Rejected Differs(string expected, int[] values, Ending ending)
    {
        int[] printed = Printed(ending.Output);
        int at = values.Zip(printed).TakeWhile(p => p.First == p.Second).Count();
        string seen = ending.Status != 0 ? ending.Describe()
            : at == printed.Length ? $"只取出了 {printed.Length} 个"
            : $"第 {at + 1} 个应当是 {(at < values.Length ? values[at] : "没有了")}，取到的是 {printed[at]}{(Array.IndexOf(values, printed[at]) is >= 0 and int was ? $"（第 {was + 1} 个）" : "")}，一共取出 {printed.Length} 个";
        return new Rejected(expected, seen);
    }
}
