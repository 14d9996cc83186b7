namespace Check.Exercises;

/// <summary>01 到 04：子进程写，父进程读。值有没有真的经过共享的内存：写好之后，把内存里的值换成另一个，看打印哪一个。</summary>
internal static class Exchange
{
    /// <summary>父进程的唯一参数是要写的值。</summary>
    /// <param name="unnamed">共有的内存不能有名字。</param>
    /// <param name="tells">03：子进程没有写成，还要看得出来。</param>
    public static void ChildToParent(Trial trial, string expected, bool unnamed = false, bool tells = false, bool shared = false)
    {
        int value = Trial.Fresh();
        trial.Scenes([
            .. Trial.Whole(expected, sent => [$"{sent}"], 0, -1, int.MinValue),
            own => { if (tells && own.Fail("父进程", "waitpid", ECHILD, $"{value}") is { Status: 0, Orphans: > 0 } lost) throw new Rejected("waitpid 失败了，就不知道子进程是怎样结束的，退出码不是 0", lost.Describe()); },
            own => { if (own.Fail("子进程", "mmap", ENOMEM, $"{value}") is { } failed && (failed.Output.Contains("写入了") || (tells && failed.Status == 0))) failed.Must($"mmap 失败了，子进程就没有写入{(tells ? "，父进程的退出码不是 0" : "")}", failed.Output.Contains($"读到 {value}")); },
            own => { if (Swapped(own, unnamed, shared, early: true, Trial.Fresh()) != null && Swapped(own, unnamed, shared, early: false, Trial.Fresh()) is { } refused) throw refused; },
            own => Paused(own, $"{value}"), .. Trial.Places((own, place) => (tells || place == 0) && DeadChild(own, tells, [$"{value}"], place)), own => { if (Swapped(own, unnamed, shared, early: true, 0) is { } stale) throw stale; },
            .. Orders($"读到 {-value}", () => [$"{-value}"])]);
    }

    // 有的父进程在子进程结束的那一刻就读，值要早一点换；有的子进程写了再读回来核对，值要等它结束了才换。有一种读得到，就是读了内存。
    private static Rejected? Swapped(Trial trial, bool unnamed, bool shared, bool early, int other)
    {
        // 子进程还一步没有走：父进程走到不能再走，应当在等。
        int value = other == 0 ? -Trial.Fresh() : Trial.Fresh();
        Show show = trial.Stage([$"{value}"], children: 1);
        bool slept = !show.CanGo(0);
        if (Reads(show)) throw show.Refuse("父进程等子进程结束再读", $"子进程还没有开始，{show.Said(0)}");
        if (Holder() != null) throw show.Refuse("值由子进程写入", "子进程还一步没有走，内存里已经是这个值了");
        string[] given = [.. new Peer(show.Pid(1)).Descriptors().Where(d => SharedObject.IsShared(d.Target)).Select(d => Path.GetFileName(d.Path))];
        if (unnamed && given is [_, ..] && !given.Any(show.Lanes[1].Title.Split(' ').Contains)) throw show.Refuse("告诉子进程的编号，就是那块内存在子进程里的编号", $"交给它的内存在子进程里是 {string.Join('、', given)} 号，告诉它的却不是：「{show.Lanes[1].Title}」");
        // 值到了内存里就换掉；子进程还没有结束，父进程也还不该读。
        show.Far(1, () => Holder() != null);
        if (Holder() is not { } holder) throw show.Refuse($"子进程把 {value} 写入与父进程共有的内存", $"{show.Said(1)}；{(show.Objects is [] ? "两个进程没有共有的内存（没有父进程交给子进程的 memfd，也没有共享内存对象）" : "共有的内存里没有这个值")}");
        if (slept && show.CanGo(0) && !show.HasEnded(1)) throw show.Refuse("由子进程写入值", "子进程说了一声，父进程醒来，自己把值写入了内存");
        if (unnamed && holder.IsNamed) throw show.Refuse("共有的内存没有名字", "值是到了，可是这块内存有名字，谁都能凭名字打开：要把没有名字的那一块的描述符交给子进程");
        Array.ForEach([0, 1], MustBeShared);
        bool isLate = trial.HasThreads && show.HasEnded(1); // 别的线程写的、读的，来不及换
        // 早一点换的，之后子进程每走一步又换：它读回来再说给父进程的，就旧了。
        if (early) holder.Replace(value, other);
        do
        {
            if (early && other != 0) holder.Replace(other, other = Trial.Fresh());
            show.Far(0);
            if (!show.HasEnded(1) && Reads(show)) throw show.Refuse("子进程结束之后，父进程才读", $"子进程写入了值，还没有结束，父进程就读了：它等的是内存变，或者子进程说一声，不是子进程结束。{show.Said(0)}");
        }
        while (show.Step(1) && !show.HasEnded(1));
        show.Far(1);
        holder.Replace(value, other);
        if (shared) show.Far(0, () => IsPrivate(0)); // 02 说两边都是共享的，这时才映射的也算
        if (shared) MustBeShared(0);
        show.InTurn();
        if (!show.HasEnded(0)) throw show.Refuse("子进程结束了，父进程读出值，也结束", show.Said(0));
        return show.Output.Contains($"读到 {(isLate ? value : other)}") || (other == 0 && !show.Output.Contains($"读到 {value}")) ? null : show.Refuse("父进程打印的是内存里的值", $"子进程写好之后，检查器把内存里的 {value} 换成了 {other}；{show.Said(0)}");

        SharedObject? Holder() => show.Objects.FirstOrDefault(o => o.Holds(value));

        // 私有的映射在没有写过的页上碰巧也看得到别人的值，标准没有这样保证。
        bool IsPrivate(int lane) => show.Lanes[lane].Mappings is { Length: > 0 } here && (shared ? here.Any(m => !m.IsShared) : here.All(m => !m.IsShared));

        void MustBeShared(int lane)
        {
            if (IsPrivate(lane)) throw show.Refuse("映射是共享的（MAP_SHARED）", $"{show.Who(lane)}的映射是私有的：{show.Lanes[lane].Mappings.First(m => !m.IsShared).Target}");
        }
    }

    /// <summary>子进程来了，父进程停在之后的每一处，子进程才走，每次都走到不能再走，父进程再走一步。最后都打印了 <paramref name="printed"/>（16 的长度与合计是同一个数：两次）。</summary>
    public static Action<Trial>[] Orders(string printed, Func<string[]> args, int times = 1) => Trial.Places((own, place) =>
    {
        Show show = own.Stage(args());
        show.Far(0, () => show.Count > 1);
        if (show.Reach(0, place) is not { } stopped) return false;
        do for (int child = 1; child < show.Count; child++) show.Far(child);
        while (show.Step(0));
        show.InTurn();
        for (int child = 1; child < show.Count && !show.HasEnded(0); child++) show.Free(child); // 原地走很多步的
        show.InTurn();
        if (show.Output.Split(printed).Length <= times) throw show.Refuse($"无论谁先走，都打印「{Ending.Clean(printed)}」", $"父进程{stopped}，子进程才开始走，每次都走到不能再走，父进程再走一步；{show.Said()}");
        return true;
    });

    /// <summary>子进程没有做完（<paramref name="place"/> 大于 0 的，没有写入）就死了：它要写的值，父进程不能打印；<paramref name="tells"/>：还要看得出来，退出码不是 0。</summary>
    public static bool DeadChild(Trial trial, bool tells, string[] args, int place = 0, string says = "读到 ")
    {
        Show show = trial.Stage(args, children: 1);
        int child = Math.Max(1, Array.FindLastIndex(show.Lanes, lane => lane.Site != null)); // 在它之前，也许还启动过别的程序
        if (place > 0 && (show.Reach(child, place) == null || show.Objects.Any(o => o.Holds(int.Parse(args[^1], null))))) return false;
        Signal signal = place % 2 == 0 ? SIGKILL : Died.SIGUSR1;
        show.Kill(child, signal);
        show.InTurn();
        if (tells ? !show.HasEnded(0) || show.Succeeded(0) : show.Output.Contains(says + args[^1])) throw show.Refuse(tells ? "子进程没有做完就死了，父进程看得出来，也结束，退出码不是 0" : "值由子进程写入", $"子进程还没有{(place > 0 ? "写入" : "走一步")}，检查器杀死了它（SIG{sigabbrev_np(signal)}），{show.Said(0)}");
        show.LeaveNothing("检查器杀死了子进程，");
        return true;
    }

    /// <summary>停住不是结束：waitpid 带了 WUNTRACED 的，停住也返回；一遍一遍地问的，子进程停多久，就问多久。</summary>
    public static void Paused(Trial trial, params string[] args)
    {
        Show show = trial.Stage(args, children: 1);
        show.Kill(1, SIGSTOP);
        show.Far(0);
        if (Reads(show)) throw new Rejected("子进程停住（SIGSTOP），不是结束，父进程还要等", $"检查器让子进程停住，{show.Said(0)}");
        if (show.MustBePatient(0) && show.CanGo(0)) return; // 问着的，不再停了
        show.Kill(1, SIGCONT);
        show.InTurn();
        if (Regex.Match(show.Output, "读到 (-?[0-9]+)") is { Success: true } read && read.Groups[1].Value != args[^1]) throw new Rejected("子进程停住（SIGSTOP）又继续，读到的还是它写入的值", $"检查器让子进程停住，父进程走到不能再走，再让子进程继续，父进程「{read.Value}」");
    }

    private static bool Reads(Show show) => show.HasEnded(0) || show.Printed(0).Contains("读到", StringComparison.Ordinal);
}
