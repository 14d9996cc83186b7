using System.Diagnostics;
using System.Globalization;
using System.Text;
using Posix;
using static Posix.Libc;

namespace Check;

/// <summary>学生的程序运行一次：从启动，到它的全部进程都不在了。有时限、输出的上限和进程数的上限。</summary>
internal sealed unsafe class Play : IDisposable
{
    /// <summary>一次运行的时限；机器慢，用环境变量 CHECK_LIMIT 放宽。</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("CHECK_LIMIT"), out int seconds) ? seconds : 8);

    // 全部进程都睡着、不用 CPU 这么久，就是卡住了，不必等到时限。
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(1.5);
    private const long OutputLimit = 256 * 1024;
    private const int ProcessLimit = 24;

    private readonly int _stdout = memfd_create("stdout", MFD_CLOEXEC);
    private readonly int _stderr = memfd_create("stderr", MFD_CLOEXEC);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Stopwatch _idle = new();

    // 上一次看的时候，已经安静了多久。不看 _idle 本身：看过之后检查器自己可能很久没有轮到运行。
    private TimeSpan _quiet;
    private readonly Shm.Before _before = Shm.Look();
    private readonly HashSet<string> _temp;
    private readonly HashSet<string> _seen = [];
    private readonly string[] _args;
    private long _cpuTime;
    private int? _status;

    /// <summary>启动。</summary>
    /// <param name="program">可执行文件。</param>
    /// <param name="args">参数。</param>
    public Play(string program, params string[] args)
    {
        _args = args;
        lock (Sandbox.Gate)
        {
            _temp = [.. Directory.CreateDirectory(Sandbox.Temp).GetFileSystemInfos().Select(entry => entry.FullName)];
            Root = new Peer(Spawn(program, args));
        }
    }

    /// <summary>最先启动的那个进程。</summary>
    public Peer Root { get; }

    /// <summary>到现在为止的标准输出，全部进程合在一起。</summary>
    public string Output => Text(_stdout);

    /// <summary>到现在为止的标准错误。</summary>
    public string Error => Text(_stderr);

    /// <summary>最先启动的那个进程结束了。</summary>
    public bool HasEnded
    {
        get
        {
            if (_status == null && waitpid(Root.Pid, out int status, WNOHANG) == Root.Pid) _status = status;
            return _status != null;
        }
    }

    /// <summary>命令行，给读者看的：参数太长就截断。</summary>
    public string Line => Shorten(string.Join(' ', _args), 60);

    /// <summary>等一个从外面看得到的条件；程序先结束了，就不通过。</summary>
    /// <param name="probe">求值；还没有结果时返回 null。</param>
    /// <param name="expected">等的是什么。</param>
    public T Until<T>(Func<T?> probe, string expected)
        where T : class
    {
        while (true)
        {
            // 先看结束没有，再求值：结束之前刚好成立的，不会漏掉。
            bool ended = HasEnded;
            if (probe() is { } result) return result;
            if (ended) throw new Rejected(expected, Ending().Describe());
            Tick(expected);
        }
    }

    /// <summary>等最先启动的那个进程睡在信号量上。反复 sem_trywait 的看不出来，过一会儿就当它在等。</summary>
    /// <param name="semaphore">信号量的文件，例如 /dev/shm/sem.x。</param>
    /// <param name="expected">等的是什么。</param>
    public void UntilWaitingOn(string semaphore, string expected)
    {
        var clock = Stopwatch.StartNew();
        while (!Root.IsWaitingOn(semaphore) && clock.Elapsed < TimeSpan.FromSeconds(1.2))
        {
            if (HasEnded) throw new Rejected(expected, Ending().Describe());
            if (_quiet > TimeSpan.FromSeconds(0.7)) throw new Rejected(expected, $"它没有在等信号量，也没有在运行：睡一会儿不算等{Said()}");
            Tick(expected);
        }
    }

    /// <summary>等一个子进程出现，趁它还没有跑到学生的代码，让它停住。</summary>
    /// <param name="expected">等的是什么。</param>
    /// <param name="role">只等参数里有这个角色的；null 是任何一个。</param>
    /// <exception cref="TooLate">没来得及。</exception>
    public Peer Catch(string expected, string? role = null) => Catch(1, expected, "", role)[0];

    /// <summary>等几个子进程都出现，来一个停一个。</summary>
    /// <param name="count">几个。</param>
    /// <param name="expected">等的是什么。</param>
    /// <param name="missing">头几个停住之后，后面的一直不来，看到的是什么。</param>
    /// <param name="role">只等参数里有这个角色的；null 是任何一个。</param>
    /// <exception cref="TooLate">没来得及。</exception>
    public Peer[] Catch(int count, string expected, string missing, string? role = null)
    {
        // 看得越勤越好，所以不经过 Until；结束了还没有看到，可能是没来得及看。
        var caught = new List<Peer>();
        var alone = new Stopwatch();
        for (int i = 0; caught.Count < count; i++)
        {
            if (HasEnded) throw new TooLate(new Rejected(expected, Ending().Describe()));
            if (alone.IsRunning && _quiet > TimeSpan.FromSeconds(0.5)) throw new Rejected(expected, missing);
            if (alone.Elapsed > TimeSpan.FromSeconds(2)) throw new TooLate(new Rejected(expected, missing));
            foreach (Peer child in Children(role).Where(child => !caught.Contains(child)).ToList())
            {
                child.Stop();
                if (child.HasBegun || child.HasEnded) throw new TooLate();
                caught.Add(child);
                alone.Start();
            }

            if (i % 16 == 15) Tick(expected);
        }

        return [.. caught];
    }

    /// <summary>已经 exec 完的各个子进程。</summary>
    /// <param name="role">只要参数里有这个角色的；null 是全部。</param>
    public IEnumerable<Peer> Children(string? role = null)
    {
        string[] root = Root.CommandLine;
        return Root.Descendants().Where(peer => peer.CommandLine is { Length: > 0 } line && !line.SequenceEqual(root) && (role == null || line.Contains(role)));
    }

    /// <summary>等到没有停住的进程全都睡着，并且保持一会儿。反复询问着等的程序一直在用 CPU，多看一秒就不再等它安静。</summary>
    /// <param name="hold">保持多久。</param>
    /// <returns>真的安静了；结束了，或一直没有安静，是 false。</returns>
    public bool Quiet(TimeSpan hold)
    {
        Stir();
        var clock = Stopwatch.StartNew();
        while (!HasEnded && _quiet < hold && clock.Elapsed < hold + TimeSpan.FromSeconds(1)) Tick();
        return !HasEnded && _quiet >= hold;
    }

    /// <summary>跟着它走到结束；它的系统调用每要碰到一个路径，就先做一件事。系统不允许 ptrace，就只是等它结束。</summary>
    /// <param name="path">路径。</param>
    /// <param name="act">做什么。</param>
    public void BeforeEach(string path, Action act)
    {
        const WaitOptions __WALL = (WaitOptions)0x40000000;
        for (int i = 1; !Root.HasBegun && !HasEnded; i++)
        {
            if (i % 16 == 0) Tick();
        }

        bool traced = !HasEnded && Tracer.Seize(Root.Pid);
        while (_status == null)
        {
            if (waitpid(Root.Pid, out int status, WNOHANG | __WALL) != Root.Pid)
            {
                Tick();
            }
            else if (!traced || (status & 0xFF) != 0x7F)
            {
                _status = status;
            }
            else
            {
                if (Tracer.IsAbout(Root.Pid, status, path)) act();
                Tracer.Resume(Root.Pid, status);
            }
        }
    }

    /// <summary>等它结束，再结束它留下的进程，看看还留下了什么。</summary>
    /// <param name="expected">等的是什么；它卡住的时候给读者看。</param>
    public Ending Finish(string? expected = null)
    {
        Stir();
        while (!HasEnded) Tick(expected);
        return Ending();
    }

    public void Dispose()
    {
        Tree.Kill();
        close(_stdout);
        close(_stderr);
        Shm.Clean(_before, _seen);
    }

    // 别的进程在做什么，没有事件可等，只能一次次地看。
    private void Tick(string? expected = null)
    {
        Peer[] all = [Root, .. Root.Descendants()];
        if (!Sandbox.IsPrivate) Shm.Note(all, _seen);

        Peer[] free = [.. all.Where(peer => !peer.IsStopped)];
        long cpuTime = free.Sum(peer => peer.CpuTime);
        if (cpuTime != _cpuTime || !_idle.IsRunning || free.Any(peer => peer.IsRunning)) _idle.Restart();
        _cpuTime = cpuTime;
        _quiet = _idle.Elapsed;

        // 有进程被检查器停住的时候，别的在等它，不是卡住，是没有做到该做的。
        Result result = expected != null && free.Length < all.Length ? Result.Wrong : Result.Hung;
        if (_quiet > StuckAfter) throw Stopped(result, expected ?? "自己结束", $"{(result == Result.Hung ? "卡住了" : "没有等到")}：{string.Join('；', all.Where(p => !p.HasEnded).Select(Doing))}");
        if (_clock.Elapsed > Limit) throw Stopped(Result.Hung, expected ?? $"{Limit.TotalSeconds:0} 秒之内结束", $"{Limit.TotalSeconds:0} 秒还没有结束：{string.Join('；', all.Where(p => !p.HasEnded).Select(Doing))}");
        if (SizeOf(_stdout) + SizeOf(_stderr) > OutputLimit) throw Stopped(Result.TooMuchOutput, "打印几行", $"打印了超过 {OutputLimit / 1024} KiB，没有停");
        if (new Peer(Environment.ProcessId).Descendants().Take(ProcessLimit + 1).Count() > ProcessLimit) throw Stopped(Result.TooManyProcesses, "启动两三个子进程", $"启动了超过 {ProcessLimit} 个进程");
        Thread.Sleep(1);
    }

    // 刚放开了谁，先前的安静不算。
    private void Stir()
    {
        _idle.Reset();
        _quiet = TimeSpan.Zero;
    }

    private Rejected Stopped(Result result, string expected, string seen)
    {
        Tree.Kill();
        return new Rejected(result, expected, $"{seen}{Said()}");
    }

    private Ending Ending()
    {
        // 最先的进程结束之后还在的，是它没有等的子进程；没有人取走状态的也算。
        lock (Sandbox.Gate)
        {
            Peer[] orphans = Tree.Kill();
            string[] left = [.. Shm.Clean(_before, _seen), .. LeftInTemp()];
            return new Ending(_status!.Value, Output, Error, left, orphans.Length);
        }
    }

    private List<string> LeftInTemp()
    {
        var left = new List<string>();
        Directory.CreateDirectory(Sandbox.Temp);
        foreach (string entry in Directory.GetFileSystemEntries(Sandbox.Temp).Where(entry => !_temp.Contains(entry)))
        {
            Sandbox.Remove(entry);
            left.Add("临时文件 " + Path.GetFileName(entry));
        }

        return left;
    }

    private string Doing(Peer peer)
    {
        bool waitsForChild = peer.Descendants().Any(below => !below.HasEnded);
        string who = peer != Root ? $"子进程「{Shorten(string.Join(' ', peer.CommandLine.Skip(1)), 40)}」" : waitsForChild ? "父进程" : $"进程「{Line}」";
        string? semaphore = peer.Mappings().Select(m => m.File).Where(f => f.StartsWith("/dev/shm/sem.", StringComparison.Ordinal)).FirstOrDefault(peer.IsWaitingOn);
        string what = semaphore != null ? $"在等信号量 /{semaphore["/dev/shm/sem.".Length..]}"
            : peer.IsStopped ? "被停住了"
            : waitsForChild ? "在等子进程"
            : peer.IsRunning ? "一直在运行" : "睡着，没有结束";
        return $"{who}{what}";
    }

    private string Said() => Output == "" ? "" : $"。它打印了：{Shorten(Output.ReplaceLineEndings(" ⏎ "), 200)}";

    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..length] + "…";

    private static long SizeOf(int fd) => fstat(fd, out stat_t st) == 0 ? st.st_size : 0;

    private static string Text(int fd)
    {
        byte[] content = new byte[Math.Min(SizeOf(fd), OutputLimit)];
        fixed (byte* start = content)
        {
            return Encoding.UTF8.GetString(content, 0, (int)Math.Max(0, pread(fd, start, (nuint)content.Length, 0)));
        }
    }

    // 输出进内存文件：没有人读也不会堵住，孙进程拿着它也不妨碍我们知道谁结束了。
    private int Spawn(string program, string[] args)
    {
        Errno error = Launch.Spawn(out int pid, [program, .. args], Sandbox.Variables(), _stdout, _stderr);
        return error == 0 ? pid : throw new Rejected("启动得了你的程序", $"posix_spawn: {strerror(error)}。它在前一次运行里删掉了自己？");
    }
}
