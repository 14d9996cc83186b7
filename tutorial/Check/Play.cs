using System.Diagnostics;
using System.Text;
using Posix;
using static Posix.Libc;

namespace Check;

/// <summary>学生的程序运行一次：从启动，到它的全部进程都不在了。有时限、输出的上限和进程数的上限。</summary>
internal sealed unsafe class Play : IDisposable
{
    // 用了这么多 CPU 还没有结束，就是停不下来；按 CPU 算，与机器忙不忙无关。时钟上的时限只管别的办法看不出来的，用 CHECK_LIMIT 放宽。
    private static readonly TimeSpan CpuLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("CHECK_LIMIT"), out int seconds) ? seconds : 60);

    // 连着看这么多遍，全部进程都睡着、没有用 CPU，就是卡住了；睡的时候说了睡多久的，多看几遍。数遍数而不看钟：检查器自己也可能很久没有轮到运行。
    private const int StuckAfter = 300, TimedAfter = 3000;
    private const long OutputLimit = 256 * 1024;
    private const int ProcessLimit = 24;

    private readonly int _stdout = memfd_create("stdout", MFD_CLOEXEC);
    private readonly int _stderr = memfd_create("stderr", MFD_CLOEXEC);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Shm.Before _before = Shm.Look();
    private readonly HashSet<string> _temp;
    private readonly HashSet<string> _seen = [];
    private readonly HashSet<int> _pids = [];
    private readonly string[] _args;
    private readonly Peer _root;
    private long _cpuTime;
    private int _idle;

    /// <summary>启动。</summary>
    public Play(string program, string[] variables, string[] args)
    {
        _args = args;
        lock (Sandbox.Gate)
        {
            _temp = [.. Directory.CreateDirectory(Sandbox.Temp).GetFileSystemInfos().Select(entry => entry.FullName)];
            _root = new Peer(Spawn(program, variables, args));
        }
    }

    /// <summary>等它结束，再结束它留下的进程，看看还留下了什么。</summary>
    public Ending Finish()
    {
        int status;
        while (waitpid(_root.Pid, out status, WNOHANG) != _root.Pid) Tick();

        // 最先的进程结束之后还在的，是它没有等的子进程；没有人取走状态的也算。
        lock (Sandbox.Gate)
        {
            Peer[] orphans = Tree.Kill();
            string[] left = [.. Shm.Clean(_before, _seen), .. LeftInTemp()];
            return new Ending(status, Text(_stdout), Text(_stderr), left, orphans.Length);
        }
    }

    public void Dispose()
    {
        Tree.Kill();
        close(_stdout);
        close(_stderr);
        Shm.Clean(_before, _seen);
    }

    // 别的进程在做什么，没有事件可等，只能一次次地看。
    private void Tick()
    {
        Peer[] all = [_root, .. _root.Descendants()];
        if (!Sandbox.IsPrivate) Shm.Note(all, _seen);
        _pids.UnionWith(new Peer(Environment.ProcessId).Descendants().Select(peer => peer.Pid));

        long cpuTime = all.Sum(peer => peer.CpuTime);
        _idle = cpuTime != _cpuTime || (_idle >= StuckAfter && all.Any(peer => peer.IsRunning)) ? 0 : _idle + 1;
        _cpuTime = cpuTime;
        string Now() => string.Join('；', all.Where(p => !p.HasEnded).Select(Doing));
        if (_idle > StuckAfter && (_idle > TimedAfter || !all.Any(peer => peer.IsSleepingForATime))) throw Stopped(Result.Hung, "自己结束", $"卡住了：{Now()}");
        if (cpuTime > CpuLimit.TotalNanoseconds) throw Stopped(Result.Hung, "自己结束", $"用了 {CpuLimit.TotalSeconds:0} 秒 CPU 还没有结束：{Now()}");
        if (_clock.Elapsed > Limit) throw Stopped(Result.Hung, "自己结束", $"{Limit.TotalSeconds:0} 秒还没有结束：{Now()}");
        if (SizeOf(_stderr) > OutputLimit && Text(_stderr).StartsWith("Stack overflow", StringComparison.Ordinal)) throw Stopped(Result.Wrong, "递归有尽头", "栈溢出（Stack overflow），死于 SIGABRT");
        if (SizeOf(_stdout) + SizeOf(_stderr) > OutputLimit) throw Stopped(Result.TooMuchOutput, "打印几行", $"打印了超过 {OutputLimit / 1024} KiB，没有停");
        if (_pids.Count > ProcessLimit) throw Stopped(Result.TooManyProcesses, "启动两三个子进程", $"启动了超过 {ProcessLimit} 个进程");
        Thread.Sleep(2);
    }

    private Rejected Stopped(Result result, string expected, string seen)
    {
        Tree.Kill();
        string said = Text(_stdout).ReplaceLineEndings(" ⏎ ");
        return new Rejected(expected, said == "" ? seen : $"{seen}。它打印了：{Shorten(said, 200)}", result);
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
        string who = peer != _root ? $"子进程「{Shorten(string.Join(' ', peer.CommandLine.Skip(1)), 40)}」" : waitsForChild ? "父进程" : $"进程「{Shorten(string.Join(' ', _args), 60)}」";
        string? semaphore = peer.Mappings().Select(m => m.File).Where(f => f.StartsWith("/dev/shm/sem.", StringComparison.Ordinal)).FirstOrDefault(peer.IsWaitingOn);
        string what = semaphore != null ? $"在等信号量 /{semaphore["/dev/shm/sem.".Length..]}"
            : peer.IsStopped ? "被停住了"
            : waitsForChild ? "在等子进程"
            : peer.IsRunning ? "一直在运行" : "睡着，没有结束";
        return $"{who}{what}";
    }

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
    private int Spawn(string program, string[] variables, string[] args)
    {
        Errno error = Launch.Spawn(out int pid, [program, .. args], [.. Sandbox.Variables(), .. variables], _stdout, _stderr);
        return error == 0 ? pid : throw new Rejected("能够启动你的程序", $"posix_spawn: {strerror(error)}。它在前一次运行里删掉了自己？");
    }
}
