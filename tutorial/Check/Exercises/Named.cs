namespace Check.Exercises;

/// <summary>06、07：父进程创建对象、写入，子进程凭名字打开、读出来。参数是名字和值。</summary>
internal static class Named
{
    public static readonly string[] Opening = ["shm_open", "open", "openat"];
    private static readonly (string Who, string Call, Errno Error)[] Failing = [("父进程", "ftruncate", ENOSPC), ("父进程", "posix_fallocate", ENOSPC), ("父进程", "pwrite", ENOSPC), ("父进程", "SetLength", ENOSPC), ("父进程", "WriteAllBytes", ENOSPC), ("父进程", "CreateFromFile", ENOMEM), ("父进程", "mmap", ENOMEM), ("父进程", "spawn_self", EAGAIN), ("父进程", "waitpid", ECHILD), ("父进程", "munmap", EINVAL), ("父进程", "close", EBADF), ("子进程", "mmap", ENOMEM)];

    /// <summary>07：无论怎样结束，都不留下自己的名字，也不删别人的。</summary>
    public static void Unlinked(Trial trial) => Sized(trial, [ChildFirst, own => Denied(own, "父进程", name => [name, $"{Trial.Fresh()}"]), .. Trial.Places(Foreign)]);

    /// <summary>06，也是 07 的前一半：子进程读到值；哪个调用失败，都不留名字。</summary>
    public static void Sized(Trial trial, params Action<Trial>[] others)
    {
        (string fresh, string name) = ($"{Trial.Fresh()}", Trial.Name());
        trial.Scenes([.. Trial.Whole("父进程写入值，子进程读出同一个值，最后什么也不留", value => [Trial.Name(), $"{value}"], 0, -1, int.MinValue),
            own => ParentFirst(own, Trial.Fresh()), own => ParentFirst(own, 0), NameGone,
            own => { if (own.Stage([name, fresh], children: 1).MustBePatient(0) && !File.Exists("/dev/shm" + name)) throw new Rejected("子进程读完之前，名字还在", "子进程一直没有打开，父进程等了许多遍，就不等了，把名字删了"); },
            own => Exchange.DeadChild(own, tells: true, [Trial.Name(), $"{Trial.Fresh()}"]), .. Failing.Select<(string, string, Errno), Action<Trial>>(one => own => Fail(own, one)), .. Exchange.Orders(fresh, () => [Trial.Name(), fresh]), .. others]);
    }

    // 父进程先走到不能再走，子进程才走第一步：名字不能已经删了。
    private static void ParentFirst(Trial trial, int other)
    {
        (string name, int value) = (Trial.Name(), Trial.Fresh());
        Show show = trial.Stage([name, $"{value}"], children: 1);
        using SharedObject? shared = SharedObject.Open("/dev/shm" + name);
        if (shared == null) throw show.Refuse("子进程读完之前，名字还在", $"子进程还没有打开，{name} 已经不在了：{show.Said(0)}。睡一会儿不算等");
        if (!shared.Holds(value)) throw show.Refuse("父进程把值写入对象", $"对象 {name} 有 {shared.Size} 字节，里面没有 {value}");
        if (show.HasEnded(0)) throw show.Refuse("父进程等子进程结束", $"子进程还没有走第一步，{show.Said(0)}");
        show.MustPrintSwapped([shared], value, other);
        if (!show.Succeeded(0)) throw show.Refuse("子进程读完，父进程正常结束", show.Said(0));
        show.LeaveNothing();
    }

    // 父进程写好了，子进程还没有打开，名字没有了：打不开，也不再创建。
    private static void NameGone(Trial trial)
    {
        (string name, int value) = (Trial.Name(), Trial.Fresh());
        Show show = trial.Stage([name, $"{value}"], children: 1);
        File.Delete("/dev/shm" + name);
        show.InTurn();
        if (show.Printed(1).Contains($"{value}") || show.Succeeded(0)) throw new Rejected("子进程凭名字打开对象，打不开就失败", $"子进程还没有打开，检查器删了名字，{show.Said()}");
        show.LeaveNothing("子进程还没有打开，检查器删了名字；又创建了一个，");
    }

    // 一个调用失败一次：什么也不留，退出码不是 0，说得出来；最后收尾的两个，不看退出码。
    private static void Fail(Trial trial, (string Who, string Call, Errno Error) one)
    {
        if (trial.Fail(one.Who, one.Call, one.Error, Trial.Name(), $"{Trial.Fresh()}") is not { } ending) return;
        if (ending.Left.Length > 0) throw new Rejected("一个调用失败，也什么都不留", $"忘了 unlink：{ending.Describe()}", Result.LeftBehind);
        if (ending.Status == 0 && one.Call is not ("munmap" or "close") && (one.Call != "waitpid" || ending.Orphans > 0)) throw new Rejected("一个调用失败，退出码不是 0", ending.Describe());
    }

    // 父进程停着，子进程走完：名字还在，等创建它的父进程来删。
    private static void ChildFirst(Trial trial)
    {
        string name = Trial.Name();
        Show show = trial.Stage([name, $"{Trial.Fresh()}"], children: 1);
        using SharedObject? made = SharedObject.Open("/dev/shm" + name);
        show.Far(1);
        if (made is { IsNamed: false } && !trial.HasThreads) throw show.Refuse("谁创建的名字，谁删除", $"父进程停着，子进程走完，名字就不在了：是子进程删的，{show.Said(1)}");
    }

    /// <summary>名字是别人的，打开却因为别的原因失败（不是 EEXIST）：退出码不是 0，也不是 08 的加入者，别人的对象原样。</summary>
    public static void Denied(Trial trial, string who, Func<string, string[]> args)
    {
        (string name, int theirs) = (Trial.Name(), Trial.Fresh());
        using SharedObject made = SharedObject.Create(name, theirs);
        foreach (string call in Opening)
            if (trial.Fail(who, call, EMFILE, args(name)) is { } ending && (ending.Status == 0 || ending.Output.Contains(Excl.Joiner) || !made.IsStill(theirs))) throw new Rejected("得到 EEXIST 才是「已经有了」；得到别的错误，退出码不是 0，别人的对象原样，不删", $"{(made.IsStill(theirs) ? "" : "检查器先用这个名字创建的对象，它改了，或者删了；")}{ending.Describe()}");
        File.Delete("/dev/shm" + name);
    }

    // 名字是别人的：创建不成，也不能删。在父进程创建之前的每一处，检查器抢先创建：先看有没有、再创建的，两步之间有空档。
    private static bool Foreign(Trial trial, int place)
    {
        (string name, int theirs) = (Trial.Name(), Trial.Fresh());
        Show show = trial.Stage([name, $"{Trial.Fresh()}"], within: true);
        if (show.Reach(0, place) is not { } stopped || File.Exists("/dev/shm" + name)) return false;
        using SharedObject made = SharedObject.Create(name, theirs);
        show.InTurn();
        string? wrong = !made.IsNamed ? "程序却把它删了"
            : !made.IsStill(theirs) ? "里面的内容却被程序改了"
            : !show.HasEnded(0) || show.Succeeded(0) ? "程序却说成功，或者不结束"
            : Array.Find(show.Left, left => !left.EndsWith(name, StringComparison.Ordinal)) is { } left ? $"程序却把别的名字留下了：{left}" : null;
        if (wrong == null) return true;
        throw new Rejected("名字已经有了（别人创建的），说一句就结束，退出码不是 0；别人的对象原样，不删", $"父进程{stopped}，还没有创建；检查器先用这个名字创建了对象，{wrong}：{show.Said(0)}");
    }
}
