using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Posix;
using static Posix.Libc;
using SocketType = System.Net.Sockets.SocketType;

namespace Engine;

/// <summary>开始时启动的一个程序。</summary>
/// <param name="Label">给读者看的名字。</param>
/// <param name="Program">编译好的，每条语句之前会停：启动程序，旁边是它的 dll。</param>
/// <param name="Args">参数；{name} 换成共享内存对象的名字，{key} 换成 System V 的键，{files} 换成临时目录。</param>
/// <param name="Sites">停的地方。</param>
/// <param name="Sources">源文件：怎样称呼，和内容。</param>
internal sealed record Part(string Label, string Program, string[] Args, Site[] Sites, (string Name, string Text)[] Sources)
{
    /// <summary>再启动一次时的参数；null 是与第一次相同。</summary>
    public string[]? Again { get; init; }

    /// <summary>另外的环境变量。</summary>
    public string[] Variables { get; init; } = [];

    /// <summary>可以由母进程分叉出来。</summary>
    public bool CanFork { get; } = Sources.All(source => ForkServer.Suits(source.Text));

    /// <summary>也许有主线程之外的线程。</summary>
    public bool HasThreads { get; } = Sources.Any(source => Regex.IsMatch(source.Text, "new Thread\\(|Task\\.|ThreadPool|Parallel"));

    /// <summary>也许给别的进程信号。</summary>
    public bool Kills { get; } = Sources.Any(source => Regex.IsMatch(source.Text, "kill|Kill|PDEATHSIG"));
}

/// <summary>一步，写成一个数：0、1、… 放第几个进程走；负数杀死一个；从 <see cref="First"/> 起是再启动第几个程序。</summary>
internal static class Move
{
    public const int First = 1000;

    /// <summary>杀死第几个进程。</summary>
    public static int Kill(int lane) => ~lane;

    /// <summary>再启动第几个程序。</summary>
    public static int Enter(int part) => First + part;

    /// <summary>此刻做得到。</summary>
    public static bool IsPossible(Snapshot now, int move) =>
        move >= First || (move >= 0 ? now.Ready.Contains(move) : ~move < now.Lanes.Length && now.Lanes[~move].State is State.Ready or State.Asleep);
}

/// <summary>一次演出：真实的几个进程，一次只放一个走一步，其余停着；都停稳了才看。要在 <see cref="Arena.Enter"/> 的线程里用。</summary>
internal sealed class Run : IDisposable
{
    /// <summary>一步的时限；到时还没有停下的进程，就说它一直在跑。</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("STAGE_LIMIT"), out int seconds) ? seconds : 20);

    /// <summary>至多这么多个进程：不停地启动子进程的，到这里为止；A 到 Z 也只有这么多。</summary>
    public const int MostProcesses = 24;

    // 等一个进程别的线程做事，一共至多等它们用掉多少 CPU，纳秒。
    private const long MostWork = 500_000_000;

    // 睡着了，内核没有说在等什么。
    private const string Unknown = "?";

    private readonly Part[] _parts;
    private readonly bool _forks;
    private readonly TimeSpan _idleAfter;
    private readonly TimeSpan? _patience;
    private readonly string _temp = Arena.Temp;
    private readonly string _name;

    // SEQPACKET：一次送到的就是一句完整的话。
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
    private readonly byte[] _heard = new byte[1 << 18];
    private readonly List<Lane> _lanes = [];
    private readonly Mask _mask;
    private readonly Observer _observer;
    // 在等子进程的，一直停住到有进程结束为止，省去每一步停住再继续；没有别的线程的程序才能这样。
    private readonly bool _keeps;
    private int _turn, _ended;

    private Run(Part[] parts, bool forks, TimeSpan? idleAfter, TimeSpan? patience)
    {
        (_parts, _forks, _idleAfter, _patience, _keeps) = (parts, forks, idleAfter ?? TimeSpan.FromSeconds(3), patience, !parts.Any(part => part.HasThreads));
        _name = Arena.IsPrivate ? "/memmap" : $"/{Sandbox.Token}{Path.GetFileName(_temp)}";
        _mask = new Mask(_name[1..], Files, _lanes);
        _observer = new Observer(_name[1..], Files, _mask);
        try
        {
            lock (Sandbox.Gate) Directory.CreateDirectory(Files);
            _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_temp, "s")));
            _listener.Listen(64);
            Arena.Renew();
            for (int i = 0; i < parts.Length; i++) Begin(i, parts[i].Args);
            SettleStarted();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>启动各个程序，走到各自的第一条语句之前。</summary>
    /// <param name="parts">程序。</param>
    /// <param name="forks">由母进程分叉出来，见 <see cref="ForkServer"/>；演很多场时快得多。</param>
    /// <param name="idleAfter">睡着、不用 CPU 多久，又看不出在等谁，就当作睡着；null 是三秒。</param>
    /// <param name="patience">走一步用多少 CPU 还没有停下，就说它一直在跑，与机器忙不忙无关；null 是只看 <see cref="Limit"/>。</param>
    public static Run Start(Part[] parts, bool forks = false, TimeSpan? idleAfter = null, TimeSpan? patience = null)
    {
        while (true)
        {
            try
            {
                return new Run(parts, forks, idleAfter, patience);
            }
            catch (StartAgainException)
            {
                // 再启动一次，编号就不同了。
            }
        }
    }

    /// <summary>现在看到的。</summary>
    public Snapshot Now { get; private set; } = new([], []);

    /// <summary>各个进程的编号，按次序。</summary>
    public int[] Pids => [.. _lanes.Select(lane => lane.Peer.Pid)];

    /// <summary>各个程序和它的子进程打印的，按先后；不含标准错误。</summary>
    public string Printed => string.Concat(_lanes.Where(lane => lane.IsRoot).Select(lane => lane.Stdout.Text));

    /// <summary>映射的地址，见 <see cref="Mask.Addresses"/>。</summary>
    public Dictionary<string, string> Addresses => _mask.Addresses;

    // 台上的程序的 TMPDIR。
    private string Files => Path.Combine(_temp, "tmp");

    /// <summary>走一步，等到都停稳。</summary>
    /// <param name="move">写法见 <see cref="Move"/>，要是做得到的。</param>
    /// <param name="free">从此不再停，自己走下去。</param>
    /// <param name="looks">看一遍；不看，<see cref="Now"/> 还是以前看到的，只记下名字。</param>
    public void Take(int move, bool free = false, bool looks = true)
    {
        if (move >= Move.First)
        {
            // 新来的接着用留下的名字，走到它的第一条语句之前。
            foreach (Lane other in _lanes) other.Sleep = null;
            Part part = _parts[move - Move.First];
            Begin(move - Move.First, part.Again ?? part.Args);
            SettleStarted();
            return;
        }

        Lane mover = _lanes[move < 0 ? ~move : move];
        if (move >= 0 && mover.At == null) throw new InvalidOperationException($"第 {move} 个进程不在语句之前，不能走。");
        HoldParents();
        (mover.At, mover.Waits) = (null, null);
        // 父进程可能先把它的状态取走了，所以记下是怎样死的。
        if (move < 0) mover.Status = (int)SIGKILL;
        if (move < 0) kill(mover.Peer.Pid, SIGKILL);
        else _ = mover.Socket!.Send(free ? "*"u8 : "."u8, SocketFlags.None, out _); // 它刚刚没有了也不要紧，下面会看到。
        Settle(mover, looks);
    }

    /// <summary>谁也不放，再看一遍：睡着的，时候到了自己会醒。</summary>
    public void Again()
    {
        HoldParents();
        Settle(null);
    }

    /// <summary>谁也不动，走了一步的从头再看一遍。</summary>
    public void LookAgain(int? move)
    {
        if (move is >= 0 and < Move.First) _observer.Forget(_lanes[move.Value].Peer, always: true);
        else _observer.ForgetAll();
        Look();
    }

    /// <summary>都停着，看一遍；上一次看过以后没有走过的，不从头看。</summary>
    public void Look() => Now = _observer.Look(_lanes);

    /// <summary>一个进程停在语句之前，走得了；不必先看一遍。</summary>
    public bool CanGo(int lane) => _lanes[lane].At != null;

    /// <summary>一个进程此刻有自己另起的线程：停住的只是主线程。</summary>
    public bool HasThreads(int lane) => _parts[_lanes[lane].Part].HasThreads && _lanes[lane].Peer.Threads > _lanes[lane].Threads;

    /// <summary>结束全部进程，名字和文件都删掉。</summary>
    public void Dispose()
    {
        lock (Sandbox.Gate)
        {
            // 先停住再杀：正在启动子进程的，停住之后就不会再多。
            do
            {
                foreach (Lane lane in _lanes.Where(l => !l.HasEnded)) kill(lane.Peer.Pid, SIGSTOP);
            }
            while (Discover());

            foreach (Lane lane in _lanes.Where(l => !l.HasEnded)) kill(lane.Peer.Pid, SIGKILL);

            // 父进程死了，孤儿归我们（PR_SET_CHILD_SUBREAPER）；按编号取走，不碰别的场地的进程。
            foreach (Lane lane in _lanes)
            {
                _ = waitpid(lane.Peer.Pid, out _, 0);
                lane.Socket?.Dispose();
                lane.Stdout.Dispose();
                lane.Stderr.Dispose();
            }

            _listener.Dispose();
            _observer.Dispose();
            Sandbox.Remove(_temp);
            Shm.RemoveOwn();
            SystemV.RemoveOwn();
        }
    }

    private void Begin(int index, string[] own)
    {
        Part part = _parts[index];
        string[] args = [.. own.Select(a => a.Replace("{name}", _name, StringComparison.Ordinal).Replace("{key}", $"{SystemV.Key}", StringComparison.Ordinal).Replace("{files}", Files, StringComparison.Ordinal))];

        // 不分层编译：没有后台的线程去装程序集，描述符的编号每次都一样。/dev/shm 与别人共用时，程序自己取的随机的名字不能与另一个舞台的相同。
        int seed = Arena.IsPrivate ? 13 : Sandbox.Token.GetHashCode(StringComparison.Ordinal);
        string[] environment = [.. Sandbox.Variables(Files), $"STAGE_SOCKET={_temp}/s", "DOTNET_TieredCompilation=0", $"STAGE_SEED={seed}", .. part.Variables];
        lock (Sandbox.Gate)
        {
            Printed stdout = new($"{_temp}/out{_lanes.Count}"), stderr = new($"{_temp}/err{_lanes.Count}");
            Errno failure;
            int pid;

            // 编号若恰好等于程序里的常量（例如 O_NONBLOCK 是 2048），看到的数是哪一个就分不清：换一个进程。
            while ((failure = Arena.Spawn(out pid, part.Program, _forks && part.CanFork, args, environment, stdout, stderr)) == 0 && BitOperations.IsPow2(pid))
            {
                kill(pid, SIGKILL);
                _ = waitpid(pid, out _, 0);
            }

            if (failure != 0) throw new IOException($"posix_spawn(\"{part.Program}\"): {strerror(failure)}");
            _lanes.Add(new Lane(new Peer(pid), index, part.Label, stdout, stderr) { IsRoot = true });
        }
    }

    // 刚启动的都走到自己的第一条语句。分叉出来的，几千次里有一次还没有走到第一条语句就睡着了，不再醒；原因没有查明，也许是分叉的那一刻母进程别的线程正拿着运行时的锁。
    private void SettleStarted()
    {
        Settle(null);
        if (_forks && _lanes.Any(l => l is { IsRoot: true, Frames: [], Sleep.Raw: Unknown } && _parts[l.Part].CanFork)) throw new StartAgainException();
    }

    // 在等子进程的先停住；睡着的都重新看。
    private void HoldParents()
    {
        _ended = _lanes.Count(l => l.HasEnded);
        foreach (Lane lane in _lanes)
        {
            if (lane.Sleep is { Why: var why } && why.StartsWith("waitpid", StringComparison.Ordinal))
            {
                // 真的停住了才算：在那之前子进程就结束，它还是会先把退出状态取走。
                if (lane.Waits == null) kill(lane.Peer.Pid, SIGSTOP);
                while (!lane.Peer.IsStopped && !lane.Peer.HasEnded) Thread.Yield();
                lane.Waits = lane.Sleep;
            }

            lane.Sleep = null;
            if (_patience == null) continue;
            lane.IsStuck = false;
            lane.Spent = lane.Peer.CpuTime;
        }
    }

    // 等到每个进程都停稳：停在语句之前，睡在要别人叫醒的调用里，或已经结束。
    private void Settle(Lane? mover, bool looks = true)
    {
        var clock = Stopwatch.StartNew();
        string before = "";
        while (true)
        {
            // 运行时启动要几十毫秒，那时没有什么可看，少看几遍；接上了就立刻知道。
            bool starts = _lanes.Any(l => l is { IsRoot: true, HasArrived: false, HasEnded: false });
            bool heard = Listen(_lanes.All(l => l.IsStable) ? 0 : starts ? 10_000 : 1000);
            if (_lanes.Count > MostProcesses) throw new TooManyProcessesException();
            foreach (Lane lane in _lanes.Where(l => !l.HasEnded)) LookAfter(lane, clock.Elapsed > Limit);
            if (heard || !_lanes.All(l => l.IsStable || l.IsHeld) || _lanes.Any(HasWork) || (clock.Elapsed < Limit && _lanes.Any(IsStruck)) || Discover() || Release(mover)) continue;

            // 叫醒是同步的：别的进程停下之前，被它叫醒的就已经不在睡了。看两遍，睡的地方没有变，谁也没有结束，才算停稳；
            // 看它的那一刻它刚好说了停在哪里、睡着等放行的，也不算睡着。
            string asleep = string.Join('\n', _lanes.Select(l => l.HasEnded ? "." : l.Sleep?.Raw));
            if (_lanes.All(l => l.Sleep == null) || (asleep == before && !Listen(0))) break;
            before = asleep;
            foreach (Lane lane in _lanes) lane.Sleep = lane.Waits;
        }

        foreach (Lane lane in _lanes)
        {
            if (lane.Sleep is not { Raw: var raw }) lane.Queued = null;
            else if (lane.Queued?.Raw != raw) lane.Queued = (++_turn, raw);
        }

        // 打印的可能有映射的地址，要趁映射还在的时候看。
        foreach (Lane root in _lanes.Where(l => l.IsRoot)) looks |= Hear(root, mover != null && mover.Stdout == root.Stdout ? mover : root);
        if (looks) Look();
        else _observer.Glance();
    }

    // 主线程停下了，别的线程还在做事，让它们做完；一直做不完的（自己在转），不等。
    private bool HasWork(Lane lane)
    {
        if (lane.At == null || !_parts[lane.Part].HasThreads) return false;
        long now = lane.Peer.CpuTime;
        if (lane.Stopped is var (at, before) && at == lane.At) lane.Work += now - before;
        lane.Stopped = (lane.At, now);
        return lane.Work < MostWork && (lane.Peer.IsRunning || lane.Peer.CpuTime != now);
    }

    // 停在语句之前，却不再睡着等放行：台上的进程给了它一个信号，正在死，或者正在处理。
    private bool IsStruck(Lane lane) => _parts.Any(part => part.Kills) && lane is { At: not null, Peer: { IsAsleep: false, IsStopped: false } };

    private void LookAfter(Lane lane, bool isLate)
    {
        if (lane.IsRoot)
        {
            if (waitpid(lane.Peer.Pid, out int status, WNOHANG) == lane.Peer.Pid) (lane.HasEnded, lane.Status) = (true, status);
        }
        else if (lane.Peer.HasLeft)
        {
            (lane.HasEnded, lane.Status) = (true, lane.Peer.Status ?? lane.Status);
        }

        if (lane.HasEnded) (lane.At, lane.Sleep, lane.Waits) = (null, null, null);
        else if (lane.At == null && lane.Sleep == null && !lane.IsHeld) lane.Sleep = Asleep(lane);
        if (_patience is { } most && lane.Socket != null) isLate |= lane.Peer.CpuTime - lane.Spent > most.TotalNanoseconds;
        if (isLate && !lane.IsStable && !lane.IsHeld) lane.IsStuck = true;
    }

    // 内核说它睡在哪个系统调用里。看得出要靠别的进程叫醒的，才算。
    private (string Why, string Raw)? Asleep(Lane lane)
    {
        Peer peer = lane.Peer;
        if (lane.Socket == null && peer.CommandLine.Contains(_parts[lane.Part].Program)) return null;
        if (!peer.IsAsleep || peer.Calls() is not [{ Arguments.Length: > 0 } main, .. var others]) return null;
        _observer.Forget(peer);
        string? why = Blocking(peer, main);
        if (why == null && main.Name == "futex") why = others.Where(call => call.Arguments.Length > 1).Select(call => Blocking(peer, call)).FirstOrDefault(other => other != null);
        return why != null ? (why, main.Raw) : lane.IsIdle(_idleAfter) ? ("睡着了，看不出在等谁", Unknown) : null;
    }

    private string? Blocking(Peer peer, Call call)
    {
        ulong first = call.Arguments[0], second = call.Arguments[1];
        string Target() => _observer.Target(peer, first);
        switch (call.Name)
        {
            case "futex":
                // .NET 的有名 Mutex 在运行时自己的文件里，不给人看，也要别的进程叫醒。
                if (_observer.Find(peer, first) is not var (thing, offset)) return _observer.IsShared(peer, first) ? "futex，共享的映射" : null;
                return thing.SemaphoreAt(offset) is { } semaphore ? $"sem_wait，信号量 {semaphore}" : $"futex，{thing.Place(offset)}";
            case "wait4" or "waitid":
                int child = _lanes.FindIndex(l => l.Peer.Pid == (int)(call.Name == "wait4" ? first : second));

                // 主线程先成了僵尸，别的线程还在收尾：等它的还没有被叫醒，马上会。
                if (child >= 0 ? _lanes[child].HasEnded : peer.Descendants().Any(d => d.HasEnded)) return null;
                return child >= 0 ? $"waitpid，进程 {(char)('A' + child)}" : "waitpid";
            case "semop" or "semtimedop":
                return $"semop，信号量 {SystemV.Semaphore}";
            case "accept" or "accept4":
                return $"{call.Name}，还没有人来连";
            case "flock":
            case "fcntl" when second is 7 or 38: // F_SETLKW、F_OFD_SETLKW
                return $"等一把锁，{Target()}";
            case "read" or "write" or "recvmsg" when Target() is var target && (target == "套接字" || target.Contains("管道")):
                return $"{call.Name}，{target}";
            default:
                return null;
        }
    }

    // 让先停住的继续。谁也没有结束，也没有信号给它，它就还在等；别的线程也没有，就不必，停着等下一步。
    private bool Release(Lane? mover)
    {
        bool waits = _keeps && mover != null && _ended == _lanes.Count(l => l.HasEnded);
        bool releases = false;
        foreach (Lane lane in _lanes.Where(l => l.IsHeld))
        {
            if (waits && !lane.Peer.HasPending)
            {
                lane.Sleep = lane.Waits;
                continue;
            }

            lane.Waits = null;
            lane.Awaken();
            kill(lane.Peer.Pid, SIGCONT);
            releases = true;
        }

        return releases;
    }

    // 新出现的子进程；没有用过 CPU 的，不会多出来。
    private bool Discover()
    {
        Lane[] found =
        [
            .. from parent in _lanes
               where !parent.HasEnded && parent.HasRun()
               from child in parent.Peer.Children()
               where _lanes.All(lane => lane.Peer.Pid != child.Pid)
               select new Lane(child, parent.Part, "子进程", parent.Stdout, parent.Stderr),
        ];
        _lanes.AddRange(found);
        return found.Length > 0;
    }

    // 收下进程说的话；接上舞台也算。
    private bool Listen(int microseconds)
    {
        List<Socket> ready = [_listener, .. _lanes.Select(l => l.Socket).OfType<Socket>()];
        Socket.Select(ready, null, null, microseconds);
        foreach (Socket socket in ready)
        {
            if (socket == _listener)
            {
                Introduce(_listener.Accept());
                continue;
            }

            Lane lane = _lanes.First(l => l.Socket == socket);
            int count = socket.Receive(_heard, SocketFlags.None, out SocketError error);
            string said = error == SocketError.Success ? Encoding.UTF8.GetString(_heard, 0, count) : "";
            if (said is ['\x1d', ..])
            {
                string[] words = said.Split(' ');
                _observer.Forget(lane.Peer);
                if (_observer.Find(lane.Peer, ulong.Parse(words[1], NumberStyles.HexNumber, null)) is not var (thing, offset)) continue;
                if (words[0] == "\x1dsem_init") thing.Semaphores.Add(offset);
                else thing.Semaphores.Remove(offset);
            }
            else if (said != "")
            {
                // 刚才看它，也许还睡着。
                (lane.At, lane.Unread, lane.Sleep) = (said, said, null);
                if (lane.Threads == 0 && _parts[lane.Part].HasThreads) lane.Threads = lane.Peer.Threads;
            }
            else
            {
                // 停在语句之前也会死：别的进程杀了它。
                socket.Dispose();
                (lane.Socket, lane.At) = (null, null);
            }
        }

        return ready.Count > 0;
    }

    // 是谁接上来的，内核知道：SO_PEERCRED 的第一项是对方的编号。
    private void Introduce(Socket socket)
    {
        const int SOL_SOCKET = 1, SO_PEERCRED = 17;
        byte[] credentials = new byte[12];
        socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
        int pid = BitConverter.ToInt32(credentials);
        if (_lanes.All(l => l.Peer.Pid != pid)) Discover();
        if (_lanes.Find(l => l.Peer.Pid == pid) is not { } lane)
        {
            // 嫌编号不好、已经换掉的那一个：分叉得快，也许先接上来了。
            socket.Dispose();
            return;
        }

        lane.Socket = socket;
        lane.Spent = lane.Peer.CpuTime; // 运行时启动用掉的不算

        // 编号若与源文件里的某个数一样，就分不清哪个是编号：换一个进程重来。
        string number = pid.ToString(CultureInfo.InvariantCulture);
        bool HasNumber(string text) => text.Contains(number, StringComparison.Ordinal) && Regex.IsMatch(text, $"(?<![0-9]){number}(?![0-9])");
        if (_parts.Any(p => p.Args.Any(HasNumber) || p.Sources.Any(s => HasNumber(s.Text)))) throw new StartAgainException();
        _observer.Ignore(lane.Peer);
        string[] line = lane.Peer.CommandLine;
        if (!lane.IsRoot) lane.Title = string.Join(' ', line.Skip(Array.IndexOf(line, _parts[lane.Part].Program) + 1).Prepend("子进程"));
    }

    // 打印了什么：多出来的算走的那个进程的；它不是这个文件的主人一家，就算主人的。
    private static bool Hear(Lane root, Lane who)
    {
        string output = root.Stdout.ReadOn(), error = root.Stderr.ReadOn();

        // 崩溃时 .NET 打印的调用栈里全是地址，留下第一行。
        if (who.Status is { } status && WIFSIGNALED(status) && error.Contains('\n')) error = error[..(error.IndexOf('\n') + 1)];
        if (output != "") who.Output.Add(new OutputView(false, output));
        if (error != "") who.Output.Add(new OutputView(true, error));
        return output != "" || error != "";
    }
}

/// <summary>启动的不能用，从头再来：进程的编号恰好与源文件里的一个数相同，显示时会混淆；或者没有走到第一条语句。</summary>
internal sealed class StartAgainException : Exception;

/// <summary>台上的程序启动了太多进程。</summary>
internal sealed class TooManyProcessesException() : IOException($"启动了超过 {Run.MostProcesses} 个进程，到此为止");
