namespace Check.Exercises;

/// <summary>05：描述符没有交给子进程。</summary>
internal static class Exec
{
    public static Exercise Exercise => new("04-exec", "描述符过不了 exec", "tutorial/05-anonymous-mapping.md，示例 examples/05-AnonymousMapping",
    [
        "描述符的编号只在一个进程里有意义。posix_spawn 之后，父进程的描述符里哪些还在子进程里？看 memfd_create 的标志，再看 spawn_self 关掉了哪些。",
        "spawn_self 的最后一个参数可以点名交出描述符：(父进程的编号, 子进程里的编号)，编号从 3 开始。告诉子进程的，应当是后一个编号。",
    ], trial => Exchange.ChildToParent(trial, "子进程拿到父进程的描述符，写入值，父进程读出同一个值", unnamed: true));
}
