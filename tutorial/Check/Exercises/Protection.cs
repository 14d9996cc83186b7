namespace Check.Exercises;

/// <summary>01：子进程的映射没有 PROT_WRITE。</summary>
internal static class Protection
{
    public static Exercise Exercise => new("01-protection", "映射的保护", "tutorial/02-mmap.md，示例 examples/02-Mmap/Protection",
    [
        "子进程打印之前就死了，死在写入的那一行。那一行要对内存做什么，映射又允许做什么？",
        "同一个对象，每个进程各自映射，各有各的保护。对照父进程和子进程的 mmap 的第三个参数。",
    ], trial => Exchange.ChildToParent(trial, "子进程写入值，父进程读出同一个值"));
}
