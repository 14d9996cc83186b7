namespace Check.Exercises;

/// <summary>06、07：父进程创建对象、写入，子进程凭名字打开、读出来。参数是名字和值。</summary>
internal static class Named
{
    /// <summary>06：刚创建的对象大小是 0。</summary>
    public static void Sized(Trial trial)
    {
        ParentToChild(trial);
        foreach ((string call, Errno error, bool child) in new[] { ("ftruncate", ENOSPC, false), ("posix_fallocate", ENOSPC, false), ("waitpid", ECHILD, false), ("mmap", ENOMEM, true) }) Failing(trial, call, error, child);
    }

    /// <summary>07：无论怎样结束，都不留下自己的名字，也不删别人的。</summary>
    public static void Unlinked(Trial trial)
    {
        ParentToChild(trial);
        Exchange.DeadChild(trial, Trial.Name(), $"{Trial.Fresh()}");
        foreach ((string call, Errno error, bool child) in new[] { ("ftruncate", ENOSPC, false), ("mmap", ENOMEM, false), ("spawn_self", EAGAIN, false), ("waitpid", ECHILD, false), ("mmap", ENOMEM, true) }) Failing(trial, call, error, child);
        Foreign(trial);
    }

    private static void ParentToChild(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Run(Trial.Name(), $"{value}").Must($"父进程写入值，子进程读出同一个值，最后什么也不留，这一次是 {value}", value);

        // 父进程先走到不能再走，子进程才走第一步：名字不能已经删了。
        string name = Trial.Name();
        value = Trial.Fresh();
        Show show = trial.Stage([name, $"{value}"], children: 1);
        using SharedObject? shared = SharedObject.Open("/dev/shm" + name);
        if (shared == null) throw show.Refuse("子进程读完之前，名字还在", $"子进程还没有打开，{name} 已经不在了：{show.Said(0)}。睡一会儿不算等");
        if (!shared.Holds(value)) throw show.Refuse("父进程把值写入对象", $"对象 {name} 有 {shared.Size} 字节，里面没有 {value}");
        if (show.HasEnded(0)) throw show.Refuse("父进程等子进程结束", $"子进程还没有走第一步，{show.Said(0)}");
        show.MustPrintSwapped([shared], value);
        if (!show.Succeeded(0)) throw show.Refuse("子进程读完，父进程正常结束", show.Said(0));
        show.LeaveNothing();
    }

    // 一个调用失败一次：退出码不是 0，说得出来，什么也不留。
    private static void Failing(Trial trial, string call, Errno error, bool child)
    {
        if (trial.Fail(call, error, child, Trial.Name(), $"{Trial.Fresh()}") is not { } ending) return;
        string what = $"检查器让{(child ? "子进程" : "父进程")}的 {call} 失败了一次（{strerrorname_np(error)}）";
        if (ending.Left.Length > 0) throw new Rejected("一个调用失败，也什么都不留", $"{what}，忘了 unlink：{ending.Describe()}", Result.LeftBehind);
        if (ending.Status == 0) throw new Rejected("一个调用失败，退出码不是 0", $"{what}，程序却说成功：{ending.Describe()}");
    }

    // 名字是别人的：创建不成，也不能删。
    private static void Foreign(Trial trial)
    {
        (string name, int theirs) = (Trial.Name(), Trial.Fresh());
        using SharedObject made = SharedObject.Create(name, theirs);
        Ending ending = trial.Run(name, $"{Trial.Fresh()}");
        string? wrong = !made.IsNamed ? "程序没有创建成（EEXIST），却把别人的名字删了："
            : made.Ints is not [var there] || there != theirs ? "里面的内容却被程序改了："
            : ending.Status == 0 ? "程序却说成功：" : null;
        if (wrong != null) throw new Rejected("名字已经有了（别人创建的），说一句就结束，退出码不是 0，别人的对象原样", $"检查器先用这个名字创建了对象，{wrong}{ending.Describe()}");
    }
}
