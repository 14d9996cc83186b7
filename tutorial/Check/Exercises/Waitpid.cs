using System.Diagnostics;

namespace Check.Exercises;

/// <summary>06：父进程没有等子进程。</summary>
internal static class Waitpid
{
    public static Exercise Exercise => new("06-waitpid", "等子进程", "tutorial/05-anonymous-mapping.md，示例 examples/05-AnonymousMapping",
    [
        "spawn_self 一启动就返回。父进程读的时候，子进程走到哪里了？",
        "子进程的编号在 pid 里。哪个调用等到它结束，还告诉你它是怎样结束的？睡多久都不行：检查器会让子进程停一停。",
    ], Check);

    private static void Check(Trial trial)
    {
        const string Expected = "父进程等到子进程结束，读出它存的值";
        Exchange.ChildToParent(trial, Expected);

        Trial.Stage(() => SlowChild(trial, Expected));
    }

    private static void SlowChild(Trial trial, string expected)
    {
        // 子进程停一秒多，父进程应当还在等；靠睡的，睡得短就先结束了，睡得长则在子进程结束之后还在睡。
        int value = Trial.Fresh();
        using Play play = trial.Start($"{value}");
        Peer child = play.Catch("启动一个子进程，由它存值");
        if (!play.Quiet(TimeSpan.FromSeconds(1.1)))
        {
            throw new Rejected("子进程停着，父进程就一直等", $"检查器让子进程停了一秒，父进程没有等它：{play.Finish().Describe()}");
        }

        child.Continue();
        play.Until(() => child.HasEnded ? child : null, expected);
        var lag = Stopwatch.StartNew();
        play.Until(() => play.HasEnded || lag.Elapsed > TimeSpan.FromSeconds(1) ? play : null, expected);
        if (!play.HasEnded) throw new Rejected("子进程一结束，父进程马上就读", "子进程结束一秒之后，父进程还没有读：它在睡，而不是在等");
        play.Finish().Must(expected, value);
    }
}
