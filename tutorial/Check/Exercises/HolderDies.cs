using Engine;

namespace Check.Exercises;

/// <summary>13：拿着锁的进程死了。</summary>
internal static class HolderDies
{
    private const int Times = 2;

    public static Exercise Exercise => new("13-holder-dies", "拿着锁的死了", "tutorial/18-overlap.md，示例 examples/18-Overlap",
    [
        "信号量知道是谁把它减成 0 的吗？那个进程死了，谁来 post？",
        "man 2 flock：锁属于打开的文件，描述符全部关闭，锁就放开；进程无论怎样结束，内核都会关闭它的描述符。两个进程从父进程接来的是同一个打开的文件，各自重新打开一次（/proc/self/fd/3）。",
    ], Check);

    private static void Check(Trial trial)
    {
        int times = 5_000 + Random.Shared.Next(5_000);
        trial.Run($"{times}").Must($"两个进程各加 {times} 次，最后是 {2 * times}", 2 * times);
        LostUpdates.InTurn(trial, within: false);
        
        // 头一次拿锁、加、放开，在第三步到第八步之间。
        for (int steps = 3; steps <= 8; steps++) KillAfter(trial, steps);
    }

    private static void KillAfter(Trial trial, int steps)
    {
        using Show show = trial.Stage($"{Times}");
        show.UntilChildren(2, "启动两个进程");
        show.Far(0);
        List<SharedObject> objects = show.Objects();
        for (int i = 0; i < steps; i++) show.Step(1);
        show.Kill(1);
        show.Far(2);
        int[] ints = [.. objects.SelectMany(o => o.Ints())];
        objects.ForEach(o => o.Dispose());
        string expected = $"一个进程走了 {steps} 步死了，另一个照样加完 {Times} 次";
        if (show.Now.Lanes[2] is not { State: State.Exited, Why: "0" }) throw show.Refuse(expected, $"检查器杀死了第一个进程，{show.Said(2)}");
        if (!ints.Any(value => value is >= Times and <= 2 * Times)) throw show.Refuse(expected, $"检查器杀死了第一个进程，另一个结束了，内存里的数却不到 {Times}");
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse("两个子进程都结束了，父进程也结束", show.Said(0));
    }
}
