namespace Check.Exercises;

/// <summary>02：MAP_PRIVATE 的值别人看不到。</summary>
internal static class Private
{
    public static Exercise Exercise => new("02-private", "私有的映射", "tutorial/02-mmap.md，示例 examples/02-Mmap/SharedVsPrivate",
    [
        "子进程读回来是对的，说明值写入了某一页。那一页是父进程看的那一页吗？",
        "mmap 的第四个参数决定：存的时候是改对象本身，还是先复制一页给自己。两个进程的都看一遍。",
    ], trial => Exchange.ChildToParent(trial, "子进程写入值，父进程读出同一个值"));
}
