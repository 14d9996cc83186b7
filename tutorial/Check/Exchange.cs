using Posix;
using static Posix.Libc;

namespace Check;

/// <summary>值有没有真的经过共享的内存：让读的一方停住，等值到了内存里，换成另一个，看它打印哪一个。</summary>
internal static class Exchange
{
    /// <summary>子进程存，父进程读：父进程的唯一参数是要存的值。</summary>
    /// <param name="trial">检查。</param>
    /// <param name="expected">应当怎样，给读者看的。</param>
    /// <param name="unnamed">共有的内存不能有名字。</param>
    public static void ChildToParent(Trial trial, string expected, bool unnamed = false)
    {
        int value = Trial.Fresh();
        trial.Run($"{value}").Must($"{expected}，这一次是 {value}", value);

        Trial.Stage(() => SwapForParent(trial, expected, unnamed: unnamed));
    }

    /// <summary>两边都停在子进程存值之前；放开子进程，值到了内存里，换掉它，再放开父进程。</summary>
    /// <param name="trial">检查。</param>
    /// <param name="expected">应当怎样，给读者看的。</param>
    /// <param name="pause">子进程停着，父进程照跑，这么久。</param>
    /// <param name="unnamed">共有的内存不能有名字。</param>
    public static void SwapForParent(Trial trial, string expected, TimeSpan pause = default, bool unnamed = false)
    {
        (int value, int other) = (Trial.Fresh(), Trial.Fresh());
        using Play play = trial.Start($"{value}");
        Peer child = play.Catch("启动一个子进程，由它存值");
        if (pause > TimeSpan.Zero) play.Quiet(pause);
        play.Root.Stop();

        // 两边都停着：对象还在描述符里，值还没有存。
        List<SharedObject> objects = SharedObject.Of(play.Root, child);
        try
        {
            if (play.HasEnded) throw new Rejected("等子进程存好再结束", $"检查器让子进程停住，父进程没有等它，自己结束了：{play.Finish().Describe()}");
            if (objects.Any(o => o.Find(value).Length > 0)) throw new Rejected("由子进程存值", "子进程还没有开始，值就已经在内存里了：是父进程自己存的");

            child.Continue();
            SharedObject? holder = null;
            play.Until(() => (holder = objects.FirstOrDefault(o => o.Find(value).Length > 0)) != null || child.HasEnded ? play : null, expected);
            holder ??= objects.FirstOrDefault(o => o.Find(value).Length > 0);
            if (holder == null)
            {
                string end = $"子进程结束了{How(child)}";
                play.Root.Continue();
                throw new Rejected($"子进程把 {value} 存进与父进程共有的内存", objects.Count == 0
                    ? $"两个进程没有共有的内存（没有父进程交给子进程的 memfd，也没有共享内存对象）；{play.Finish().Describe()}"
                    : $"{end}，共有的内存里没有这个值；{play.Finish().Describe()}");
            }

            if (unnamed && holder.IsNamed) throw new Rejected("共有的内存没有名字", "值是到了，可是这块内存有名字，谁都能凭名字打开：要把没有名字的那一块的描述符交给子进程");
            RequireShared(play.Root);
            play.Until(() => child.HasEnded ? child : null, "子进程存好值就结束");
            foreach (int offset in holder.Find(value)) holder.Write(offset, other);
            play.Root.Continue();
            if (play.Quiet(TimeSpan.FromSeconds(0.7))) throw new Rejected("子进程一结束，父进程马上就读", "子进程早已结束，父进程还没有读：它在睡，而不是在等");
            Ending ending = play.Finish();
            if (ending.Status == 0 && !ending.Printed(other))
            {
                throw new Rejected("父进程打印的是内存里的值", $"趁它停着，检查器把内存里的 {value} 换成了 {other}，它仍然{ending.Describe()}");
            }

            ending.Must(expected, other);
        }
        finally
        {
            objects.ForEach(o => o.Dispose());
        }
    }

    /// <summary>父进程存，子进程凭名字打开、读出来。父进程的参数是名字和值。</summary>
    /// <param name="trial">检查。</param>
    /// <param name="expected">应当怎样，给读者看的。</param>
    public static void ParentToChild(Trial trial, string expected)
    {
        int value = Trial.Fresh();
        trial.Run(Trial.Name(), $"{value}").Must($"{expected}，这一次是 {value}", value);

        Trial.Stage(() => SwapForChild(trial, expected));
    }

    private static void SwapForChild(Trial trial, string expected)
    {
        (string name, int value, int other) = (Trial.Name(), Trial.Fresh(), Trial.Fresh());
        using Play play = trial.Start(name, $"{value}");
        Peer child = play.Catch("启动一个子进程，由它读");

        // 子进程停在自己的第一行之前；父进程的值应当已经在对象里，或者马上就在。
        using SharedObject? shared = play.Until(() => SharedObject.Open("/dev/shm" + name), $"父进程造出共享内存对象 {name}");
        play.Until(() => shared.Find(value) is { Length: > 0 } found ? found : play.Quiet(TimeSpan.FromSeconds(0.3)) && shared.Find(value).Length == 0
            ? throw new Rejected("父进程把值存进对象", $"对象 {name} 有 {shared.Size} 字节，里面没有 {value}") : null, expected);
        foreach (int offset in shared.Find(value)) shared.Write(offset, other);
        child.Continue();
        Ending ending = play.Finish();
        if (ending.Status == 0 && !ending.Printed(other))
        {
            throw new Rejected("子进程打印的是内存里的值", $"趁子进程停着，检查器把内存里的 {value} 换成了 {other}，它仍然{ending.Describe()}");
        }

        ending.Must(expected, other);
    }

    /// <summary>被信号终止的子进程是怎样结束的；正常结束是空的。</summary>
    private static string How(Peer child) =>
        child.Status is { } status && status != 0 ? WIFSIGNALED(status) ? $"（死于 SIG{sigabbrev_np(WTERMSIG(status))}）" : $"（退出码 {WEXITSTATUS(status)}）" : "";

    // 私有的映射在没有写过的页上碰巧也看得到别人的值，标准没有这样保证。
    private static void RequireShared(Peer peer)
    {
        var here = peer.Mappings().Where(m => m.File.StartsWith("/memfd:", StringComparison.Ordinal) || m.File.StartsWith("/dev/shm/", StringComparison.Ordinal)).ToList();
        if (here.Count > 0 && here.All(m => !m.IsShared)) throw new Rejected("映射是共享的（MAP_SHARED）", $"父进程在 /proc/{peer.Pid}/maps 里的映射是私有的（p，而不是 s）：{here[0].File}");
    }
}
