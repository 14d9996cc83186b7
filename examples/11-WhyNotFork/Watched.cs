using System.Diagnostics;
using System.Globalization;
using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>一次运行的结局。</summary>
internal enum Ending
{
    Well,
    Hung,
    ParentDied,
    ChildDied,
}

/// <summary>暂时改一个环境变量，给这期间启动的进程；之后恢复原样。</summary>
internal sealed class Variable : IDisposable
{
    private readonly string _name;
    private readonly string? _before;

    public Variable(string name, string value)
    {
        (_name, _before) = (name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
}

/// <summary>会 fork 的代码不在本进程里跑：另起一个进程、单独一个进程组，看着它，到时间连组一起终止。</summary>
/// <remarks>组里每个进程都有报告管道的写端，所以读到管道的结尾，就是一个也不剩了。</remarks>
internal static unsafe class Watched
{
    /// <summary>报告管道在被看管的进程里的编号。</summary>
    public const int ReportFd = 3;

    /// <summary>posix_spawn 的子进程收到的共享内存的编号。</summary>
    public const int ChildFd = 3;

    /// <summary>第一个报告：准备好了。启动得慢不算挂住，从这一刻起才计时。</summary>
    public const int Ready = 0;

    // 隔这么久看一眼。连着两眼没有新报告，而活着的还是同一个子进程，就是挂住了。
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    // 怎么也该结束了；posix_spawn 的子进程是一个完整的 .NET 程序，机器忙时启动也要几秒。
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly Lock Gate = new();
    private static int _pid;
    private static int _reports = -1;

    /// <summary>同一种情形运行几次，数出各种结局。</summary>
    /// <param name="runs">几次。</param>
    /// <param name="role">角色。</param>
    /// <param name="times">每次要几个子进程。</param>
    /// <param name="how">情形。</param>
    /// <returns>一行文字：正常、挂住、父进程死、子进程死各几次，以及一共有几个子进程存对值、正常退出。</returns>
    public static string Tally(int runs, string role, int times, int how)
    {
        var all = new List<(Ending Ending, string How, List<int> Reports)>();
        for (int i = 0; i < runs; i++) all.Add(Run(role, [Random.Shared.Next(1, int.MaxValue / 2), times, how], times));

        return $"正常 {Count(Ending.Well)}，挂住 {Count(Ending.Hung)}，父进程死 {Count(Ending.ParentDied)}，子进程死 {Count(Ending.ChildDied)}"
            + $"；正常退出的子进程共 {all.Sum(run => run.Reports.Count(value => value >= 0))} 个"
            + Causes("父进程死于", Ending.ParentDied) + Causes("子进程死于", Ending.ChildDied);

        int Count(Ending ending) => all.Count(run => run.Ending == ending);
        string Causes(string label, Ending ending) =>
            Count(ending) == 0 ? "" : $"；{label} {string.Join('、', all.Where(run => run.Ending == ending).Select(run => run.How).Distinct())}";
    }

    /// <summary>启动本程序的一个角色，看到它结束或挂住；返回时它的进程组里没有活着的进程。</summary>
    /// <param name="role">角色。</param>
    /// <param name="numbers">角色的参数。</param>
    /// <param name="expected">顺利的话，准备好之后应当收到几个报告。</param>
    /// <returns>结局；死的那一方怎样结束；收到的报告。</returns>
    /// <exception cref="InvalidOperationException">启动不了，或没有走到准备好。</exception>
    public static (Ending Ending, string How, List<int> Reports) Run(string role, int[] numbers, int expected)
    {
        Start(role, numbers);
        var sinceReport = Stopwatch.StartNew();
        var reports = new List<int>();
        bool ready = false;
        bool ended = false;
        string last = "";
        while (!ended && sinceReport.Elapsed < Limit)
        {
            var pollfd = new pollfd_t { fd = _reports, events = POLLIN };
            int events = poll(&pollfd, 1, (int)Glance.TotalMilliseconds);
            if (events == 0)
            {
                string stuck = ready && role != "spawn" ? Stuck() : "";
                if (stuck != "" && stuck == last) break;
                last = stuck;
            }
            else if (events == 1)
            {
                int report;
                ended = read(_reports, &report, sizeof(int)) != sizeof(int);
                if (ready && !ended) reports.Add(report);
                ready |= !ended;
                last = "";
                sinceReport.Restart();
            }
        }

        int status = End();
        string how = Words(status);
        if (!ready) throw new InvalidOperationException($"角色 {role} 没有准备好就结束了（{how}）。再运行一次；仍然如此，检查 ulimit -u 与空闲内存。");

        // 被本进程终止的是 SIGKILL；在那之前就死了的，状态里是它自己的死因。
        if (reports.Any(report => report < 0)) return (Ending.ChildDied, Words(~reports.First(report => report < 0)), reports);
        Ending ending = !ended && how == "SIGKILL" ? Ending.Hung
            : status != 0 || reports.Count != expected ? Ending.ParentDied
            : Ending.Well;
        return (ending, how, reports);
    }

    /// <summary>本程序要结束了：终止正在看管的一组，并且不再启动新的（锁拿了不还）。</summary>
    public static void Abandon()
    {
        Gate.Enter();
        End();
    }

    /// <summary>角色的第一件事：确认描述符是本程序交来的那一个，不是手工运行时碰巧同号的别的东西。</summary>
    /// <param name="token">父进程写在参数里的 inode 号。</param>
    public static bool IsHandedOver(string token) => fstat(ReportFd, out stat_t st) == 0 && token == st.st_ino.ToString(CultureInfo.InvariantCulture);

    /// <summary>负数的报告：子进程没有正常退出，或者（状态是 0）没有存对值。</summary>
    /// <param name="status">waitpid 给的状态。</param>
    public static int ChildFailed(int status) => ~status;

    /// <summary>角色向看管者报告一个数。</summary>
    /// <param name="value">要报告的数。</param>
    public static void Tell(int value) => write(ReportFd, &value, sizeof(int));

    private static void Start(string role, int[] numbers)
    {
        // 会死、会被终止的进程：不要 core 文件和转储，也别在临时目录里留下诊断端口。
        rlimit_t noCore = default;
        if (setrlimit(RLIMIT_CORE, noCore) == -1) throw Failed(errno, "setrlimit(RLIMIT_CORE, 0)");
        Environment.SetEnvironmentVariable("DOTNET_DbgEnableMiniDump", "0");
        Environment.SetEnvironmentVariable("DOTNET_EnableDiagnostics", "0");

        int* pipe = stackalloc int[2];
        if (pipe2(pipe, O_CLOEXEC) == -1) throw Failed(errno, "pipe2(O_CLOEXEC)");
        if (fstat(pipe[1], out stat_t st) == -1) throw Failed(errno, $"fstat({pipe[1]})");
        int devNull = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (devNull == -1) throw Failed(errno, "open(\"/dev/null\", O_RDWR | O_CLOEXEC)");

        // 启动和记下编号之间，收尾不能插进来。
        lock (Gate)
        {
            string[] args = [role, $"{st.st_ino}", .. numbers.Select(number => $"{number}")];
            Errno error = spawn_self(out int pid, args, (pipe[1], ReportFd), (devNull, 0), (devNull, 1), (devNull, 2));
            close(pipe[1]);
            close(devNull);
            if (error != 0) throw Failed(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"{role}\")");
            (_pid, _reports) = (pid, pipe[0]);
        }
    }

    private static string Words(int status) => WIFSIGNALED(status) ? "SIG" + sigabbrev_np(WTERMSIG(status)) : $"退出码 {WEXITSTATUS(status)}";

    /// <summary>停在哪个进程上：父进程已经死了，或者一个活着的子进程；都不是（父进程只是没轮到运行）就是空。</summary>
    private static string Stuck()
    {
        if (State($"{_pid}") == 'Z') return $"{_pid}";
        string[] children = File.ReadAllText($"/proc/{_pid}/task/{_pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return children.FirstOrDefault(child => State(child) != 'Z') ?? "";
    }

    private static char State(string pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            // 看的时候它刚好结束了。
            return 'Z';
        }
    }

    /// <summary>终止整组（已经结束的不受影响），等到一个也不剩。</summary>
    /// <returns>角色的结束状态。</returns>
    private static int End()
    {
        lock (Gate)
        {
            if (_pid == 0) return 0;

            // 它可能还没来得及自成一组，所以自己和组各发一次。
            kill(_pid, SIGKILL);
            kill(-_pid, SIGKILL);
            waitpid(_pid, out int status, 0);
            int rest;
            while (read(_reports, &rest, sizeof(int)) > 0) { }
            close(_reports);
            _pid = 0;
            return status;
        }
    }

    private static InvalidOperationException Failed(Errno error, string call) =>
        new($"{call}: {strerrorname_np(error)} ({strerror(error)})。被看管的进程启动不了：检查 ulimit -u 与 ulimit -n。");
}
