namespace Check.Exercises;

/// <summary>06：父进程没有等子进程。</summary>
internal static class Waitpid
{
    public static Exercise Exercise => new("03-waitpid", "等子进程", "tutorial/05-anonymous-mapping.md，示例 examples/05-AnonymousMapping",
    [
        "spawn_self 一启动就返回。父进程读的时候，子进程走到哪里了？",
        "子进程的编号在 pid 里。哪个调用等到它结束，还告诉你它是怎样结束的？睡多久都不行：检查器会让子进程停一停。",
    ], Check);

    private static void Check(Trial trial)
    {
        const string Expected = "父进程等到子进程结束，读出它存的值";
        Exchange.ChildToParent(trial, Expected);

        // 子进程停一秒多：靠睡的，睡得短就先读了；睡得长，子进程结束之后它还在睡，上一步就看出来了。
        Trial.Stage(() => Exchange.SwapForParent(trial, Expected, pause: TimeSpan.FromSeconds(1.1)));
    }
}
