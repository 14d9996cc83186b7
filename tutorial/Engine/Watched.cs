using System.Text.RegularExpressions;

namespace Engine;

/// <summary>「都做完了，还没有结束」，别的进程看得出来吗。</summary>
internal enum Watched
{
    /// <summary>看不出来：只有等到它结束的，没有只看一眼的。</summary>
    Never,

    /// <summary>有人试着加锁：还拿着文件锁的时候，看得出来。</summary>
    WhenLocked,

    /// <summary>有人看它结束了没有。</summary>
    Always,
}

/// <summary>Main 的末尾与进程的结束，中间要不要停。</summary>
/// <remarks>等到结束才往下走的（waitpid、flock），与结束在前还是做完在前没有分别，两步合成一步，少一倍的状态；只看一眼就走的不同。</remarks>
internal static class EndOf
{
    /// <summary>从一起上台的程序的源文件看。</summary>
    public static Watched Seen(IEnumerable<string> sources)
    {
        // 收尾的时候才杀的，那时已经不看它了。
        string all = Regex.Replace(string.Join('\n', sources), @"Undo\.Add\(.*", "");
        return Regex.IsMatch(all, @"WNOHANG|WNOWAIT|SIGCHLD|getppid|PDEATHSIG|HasExited|\.Exited|WaitForExit(Async)?\([^)]|\bkill\((?!getpid\(\))|\.Kill\(|\bpoll\((?!null)|pidfd|trylock|timedlock|clocklock|""/proc/(""|\{)") ? Watched.Always
            : Regex.IsMatch(all, @"LOCK_NB|F_SETLK\b|F_OFD_SETLK\b|F_GETLK|F_OFD_GETLK|FileShare|\.Lock\(") ? Watched.WhenLocked : Watched.Never;
    }
}
