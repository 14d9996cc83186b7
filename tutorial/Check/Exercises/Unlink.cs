using static Posix.Libc;

namespace Check.Exercises;

/// <summary>07：名字没有删。</summary>
internal static class Unlink
{
    public static Exercise Exercise => new("07-unlink", "谁造的名字谁删", "tutorial/09-shm-unlink.md，示例 examples/09-ShmUnlink",
    [
        "运行一次之后 ls /dev/shm：多了什么？谁创建的，就由谁删；删了之后，已经打开的照样能用。",
        "要在哪一条路都会经过的地方删：子进程失败了、中途 return 了、Must 就地退出了，也一样。finally 管不了最后一种；.NET 有一个事件，无论怎样退出都会触发（AppDomain）。",
    ], Check);

    private static void Check(Trial trial)
    {
        Exchange.ParentToChild(trial, "父进程存值，子进程读出同一个值，最后什么也不留");

        Trial.Stage(() => KilledChild(trial));
    }

    private static void KilledChild(Trial trial)
    {
        // 子进程半路死了，父进程知道，照样不留。
        using Play play = trial.Start(Trial.Name(), $"{Trial.Fresh()}");
        Peer child = play.Catch("启动一个子进程，由它读");
        kill(child.Pid, SIGKILL);
        Ending ending = play.Finish();
        if (ending.Status == 0) throw new Rejected("子进程失败了，父进程的退出码不是 0", $"检查器杀掉了子进程，父进程却说成功：{ending.Describe()}");
        if (ending.Left.Length > 0) throw new Rejected(Result.LeftBehind, "子进程失败了，也什么都不留", $"检查器杀掉了子进程，父进程忘了 unlink，留下了：{string.Join('、', ending.Left)}（检查器已经删掉）");
        ending.LeaveNothing();
    }
}
