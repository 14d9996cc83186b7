namespace Check;

/// <summary>学生的程序运行一次：从启动，到它的全部进程都不在了。有时限、输出的上限和进程数的上限。</summary>
/// <param name="doubt">看样子停不下来：在别处看看，说出是怎样停不下来的（抛出 <see cref="Rejected"/>）；停得下来就返回。</param>
internal sealed class Play(Action doubt) : IDisposable
{
    // 用了这么多 CPU 还没有结束，就是停不下来；按 CPU 算，与机器忙不忙无关。时钟上的时限只管别的办法看不出来的，用 CHECK_LIMIT 放宽。
    private static readonly TimeSpan CpuLimit = TimeSpan.FromSeconds(3), Doubtful = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("CHECK_LIMIT"), out int seconds) ? seconds : 60);
    // 连着看这么多遍，全部进程都睡着、没有用 CPU，就是卡住了；睡的时候说了睡多久的，多看几遍。数遍数而不看钟：检查器自己也可能很久没有轮到运行。
    private const int StuckAfter = 300, TimedAfter = 3000;
    private const int OutputLimit = 256 * 1024;
    // 输出进内存文件：没有人读也不会堵住，孙进程拿着它也不妨碍我们知道谁结束了。
    private readonly SafeFileHandle _stdout = new(memfd_create("stdout", MFD_CLOEXEC), ownsHandle: true);
    private readonly SafeFileHandle _stderr = new(memfd_create("stderr", MFD_CLOEXEC), ownsHandle: true);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly HashSet<string> _before = Shm.Look();
    private readonly HashSet<string> _seen = [];
    private readonly HashSet<int> _pids = [];
    private int _pid, _idle;
    private long _cpuTime;
    private bool _doubted;

    public Ending Run(string program, string[] variables, string[] args)
    {
        int status;
        lock (Sandbox.Gate)
        {
            Directory.CreateDirectory(Arena.Temp);
            Errno error = Launch.Spawn(out _pid, [program, .. args], [.. Sandbox.Variables(Arena.Temp), .. variables], (int)_stdout.DangerousGetHandle(), (int)_stderr.DangerousGetHandle());
            if (error != 0) throw new Rejected("能够启动你的程序", $"posix_spawn: {strerror(error)}。它在前一次运行里删掉了自己？");
        }

        while (waitpid(_pid, out status, WNOHANG) != _pid) Tick(new Peer(_pid));

        // 最先的进程结束之后还在的，是它没有等的子进程；没有人取走状态的也算。
        lock (Sandbox.Gate)
        {
            int orphans = Tree.Kill(Own).Length;
            IEnumerable<string> files = Directory.CreateDirectory(Arena.Temp).GetFileSystemInfos().Select(entry => "临时文件 " + entry.Name); // 它可以连目录一起删掉。
            return new Ending(status, Text(_stdout), Text(_stderr), [.. Shm.Clean(_before, _seen), .. files], orphans);
        }
    }

    public void Dispose()
    {
        Tree.Kill(Own);
        Sandbox.Remove(Arena.Temp);
        _stdout.Dispose();
        _stderr.Dispose();
        Shm.Clean(_before, _seen);
    }

    // 别的进程在做什么，没有事件可等，只能一次次地看。
    private void Tick(Peer root)
    {
        Peer[] all = [root, .. root.Descendants()];
        if (!Sandbox.IsPrivate) Shm.Note(all, _seen);
        _pids.UnionWith(all.Concat(Own).Select(peer => peer.Pid));

        // 先看会不会自己醒，再看用了多少 CPU：看过之后才醒的，用掉的 CPU 下一遍看得到。
        bool wakes = _idle >= StuckAfter && all.Any(peer => peer.IsSleepingForATime);
        long cpuTime = all.Sum(peer => peer.CpuTime), printed = RandomAccess.GetLength(_stdout) + RandomAccess.GetLength(_stderr);
        _idle = cpuTime != _cpuTime || (_idle >= StuckAfter && all.Any(peer => peer.IsRunning)) ? 0 : _idle + 1;
        _cpuTime = cpuTime;
        bool isStuck = _idle > StuckAfter && (_idle > TimedAfter || !wakes), isBusy = cpuTime > CpuLimit.TotalNanoseconds;
        if (!_doubted && (_doubted = isStuck || isBusy || _clock.Elapsed > Doubtful) && !all.Any(peer => peer.IsStopped))
        {
            doubt();
            _idle = 0;
            return;
        }

        if (isStuck || isBusy || _clock.Elapsed > Limit) throw Stopped(Result.Hung, "自己结束", (isStuck ? "卡住了：进程都睡着，或者停住了" : isBusy ? $"用了 {CpuLimit.TotalSeconds:0} 秒 CPU" : $"过了 {Limit.TotalSeconds:0} 秒") + "，还没有结束");
        if (printed > OutputLimit && Text(_stderr).StartsWith("Stack overflow", StringComparison.Ordinal)) throw Stopped(Result.Wrong, "递归有尽头", "栈溢出（Stack overflow），死于 SIGABRT");
        if (printed > OutputLimit) throw Stopped(Result.TooMuchOutput, "打印几行", $"打印了超过 {OutputLimit / 1024} KiB，没有停");
        if (_pids.Count > Engine.Run.MostProcesses) throw new TooManyProcessesException();
        Thread.Sleep(2);
    }

    private Rejected Stopped(Result result, string expected, string seen) => new(expected, seen + (Ending.Clean(Text(_stdout)) is not "" and var said ? $"。它打印了：{said}" : ""), result);

    // 别的场地里同时有别的进程：同组的，或者看到过在它之下的，是它的。
    private IEnumerable<Peer> Own => Tree.All.Where(peer => peer.Group == _pid || _pids.Contains(peer.Pid));

    private static string Text(SafeFileHandle file)
    {
        byte[] content = new byte[Math.Min(RandomAccess.GetLength(file), OutputLimit)];
        return Encoding.UTF8.GetString(content, 0, RandomAccess.Read(file, content, 0));
    }
}
