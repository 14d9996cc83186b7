namespace Check.Exercises;

/// <summary>03：父进程没有等子进程。</summary>
internal static class Waitpid
{
    public static Exercise Exercise => new("03-waitpid", "等子进程", "tutorial/05-anonymous-mapping.md，示例 examples/05-AnonymousMapping",
    [
        "spawn_self 一启动就返回。父进程读的时候，子进程走到哪里了？",
        "子进程的编号在 pid 里。哪个调用等到它结束，还告诉你它是怎样结束的？没有写入就死了的子进程，它的值不能读。",
    ], Check);

    private static void Check(Trial trial)
    {
        Exchange.ChildToParent(trial, "父进程等到子进程结束，读出它写入的值");
        Exchange.DeadChild(trial, $"{Trial.Fresh()}");
    }
}
