using Posix;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>07：名字没有删。</summary>
internal static class Unlink
{
    public static Exercise Exercise => new("07-unlink", "谁造的名字谁删", "tutorial/09-shm-unlink.md，示例 examples/09-ShmUnlink",
    [
        "运行一次之后 ls /dev/shm：多了什么？谁创建的，就由谁删；删了之后，已经打开的照样能用。",
        "要在哪一条路都会经过的地方删：子进程失败了、中途 return 了、Must 就地退出了，也一样。finally 管不了最后一种；.NET 有一个事件，无论怎样退出都会触发（AppDomain）。没有创建成的，不归自己删。",
    ], Check);

    /// <summary>一个调用失败一次：退出码不是 0，说得出来，什么也不留。</summary>
    /// <param name="trial">检查；参数是名字和值。</param>
    /// <param name="call">哪个调用。</param>
    /// <param name="error">什么错误。</param>
    /// <param name="child">在子进程里。</param>
    public static void Failing(Trial trial, string call, Errno error, bool child)
    {
        if (trial.Fail(call, error, child, Trial.Name(), $"{Trial.Fresh()}") is not { } ending) return;
        string what = $"{(child ? "子进程" : "父进程")}的 {call} 失败（{strerrorname_np(error)}）";
        if (ending.Left.Length > 0) throw new Rejected(Result.LeftBehind, $"{what}，也什么都不留", $"检查器让这个调用失败了一次，忘了 unlink，留下了：{string.Join('、', ending.Left)}（检查器已经删掉）");
        if (ending.Status == 0) throw new Rejected($"{what}，退出码不是 0", $"检查器让这个调用失败了一次，程序却说成功：{ending.Describe()}");
    }

    private static void Check(Trial trial)
    {
        Exchange.ParentToChild(trial, "父进程写入值，子进程读出同一个值，最后什么也不留");
        Exchange.DeadChild(trial, Trial.Name(), $"{Trial.Fresh()}");
        foreach ((string call, Errno error) in new[] { ("ftruncate", ENOSPC), ("mmap", ENOMEM), ("spawn_self", EAGAIN) }) Failing(trial, call, error, child: false);
        Failing(trial, "mmap", ENOMEM, child: true);
        Foreign(trial);
    }

    // 名字是别人的：创建不成，也不能删。
    private static void Foreign(Trial trial)
    {
        string name = Trial.KeptName();
        int theirs = Trial.Fresh();
        using SharedObject made = SharedObject.Create(name, sizeof(int));
        made.Write(0, theirs);
        Ending ending = trial.Run(name, $"{Trial.Fresh()}");
        const string Expected = "名字已经有了（别人创建的），说一句就结束，退出码不是 0，别人的对象原样";
        if (!File.Exists("/dev/shm" + name)) throw new Rejected(Expected, $"检查器先用这个名字创建了对象，程序没有创建成（EEXIST），却把别人的名字删了：{ending.Describe()}");
        if (made.Find(theirs) is not [0]) throw new Rejected(Expected, $"检查器先用这个名字创建了对象，里面的内容却被程序改了：{ending.Describe()}");
        if (ending.Status == 0) throw new Rejected(Expected, $"检查器先用这个名字创建了对象，{ending.Describe()}");
    }
}
