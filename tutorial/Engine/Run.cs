using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Posix;
using static Posix.Libc;
using SocketType = System.Net.Sockets.SocketType;

namespace Engine;

/// <summary>开始时启动的一个程序。</summary>
/// <param name="Label">给读者看的名字。</param>
/// <param name="Dll">编译好的，每条语句之前会停。</param>
/// <param name="Args">参数；{name} 换成共享内存对象的名字。</param>
/// <param name="Sites">停的地方。</param>
/// <param name="Sources">源文件：怎样称呼，和内容。</param>
internal sealed record Part(string Label, string Dll, string[] Args, Site[] Sites, (string Name, string Text)[] Sources)
{
    /// <summary>再启动一次时的参数；null 是与第一次相同。</summary>
    public string[]? Again { get; init; }

    /// <summary>启动程序；null 是用 dotnet exec。</summary>
    public string? Program { get; init; }

    /// <summary>从命令行看得出是它：启动程序，或 dll。</summary>
    public string Start => Program ?? Dll;
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
internal sealed unsafe partial class Run : IDisposable
{
    /// <summary>一步的时限；到时还没有停下的进程，就说它一直在跑。</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("STAGE_LIMIT"), out int seconds) ? seconds : 20);

    // 睡着、不用 CPU 这么久，又看不出在等谁：当作睡着，不必等到时限。
    private readonly TimeSpan _idleAfter = TimeSpan.FromSeconds(3);

    // 走一步用了这么多 CPU 还没有停下，就说它一直在跑；按 CPU 算，与机器忙不忙无关。
    private readonly TimeSpan _patience = TimeSpan.MaxValue;

    /// <summary>记号：第几个进程的编号。显示的时候换回来。</summary>
    public const char PidMark = '\uE000';

    /// <summary>记号：两个之间是哪一段映射的地址，例如 0|/memmap|0。</summary>
    public const char AddressMark = '\uE0F0';

    private readonly Part[] _parts;
    private readonly string _temp;
    private readonly string _name;
    private readonly string _socket;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<(Socket Socket, StringBuilder Text)> _unknown = [];
    private readonly List<Lane> _lanes = [];
    private int _turn;
    private readonly Observer _observer;

    /// <summary>启动各个程序，走到各自的第一条语句之前。</summary>
    /// <param name="parts">程序。</param>
    /// <param name="idleAfter">睡着、不用 CPU 多久，又看不出在等谁，就当作睡着；null 是三秒。</param>
    /// <param name="patience">走一步用多少 CPU 还没有停下，就说它一直在跑；null 是只看 <see cref="Limit"/>。</param>
    public Run(Part[] parts, TimeSpan? idleAfter = null, TimeSpan? patience = null)
    {
        _parts = parts;
        if (idleAfter is { } idle) _idleAfter = idle;
        if (patience is { } cpu) _patience = cpu;
        lock (Sandbox.Gate)
        {
            _temp = Path.Combine(Sandbox.Temp, Path.GetRandomFileName()[..8]);
            Directory.CreateDirectory(Files);
        }

        _name = Arena.IsPrivate ? "/memmap" : $"/{Sandbox.Token}{Path.GetFileName(_temp)}";
        _observer = new Observer(Files, Mask);
        _socket = Path.Combine(_temp, "s");
        _listener.Bind(new UnixDomainSocketEndPoint(_socket));
        _listener.Listen(64);
        try
        {
            foreach (Part part in parts) Start(part, part.Args);
            Settle(null);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>启动；编号恰好与源文件里的数相同，就换一次。</summary>
    public static Run Start(Part[] parts)
    {
        while (true)
        {
            try
            {
                return new Run(parts);
            }
            catch (AmbiguousPidException)
            {
                // 再启动一次就换了编号。
            }
        }
    }

    /// <summary>现在看到的。</summary>
    public Snapshot Now { get; private set; } = new([], []);

    /// <summary>各个进程的编号，按次序。</summary>
    public int[] Pids => [.. _lanes.Select(lane => lane.Peer.Pid)];

    /// <summary>映射的地址：哪个进程的、什么的、第几段，写成 0|/memmap|0。</summary>
    public Dictionary<string, string> Addresses { get; } = [];

    private string Files => Path.Combine(_temp, "tmp");

    /// <summary>一个进程。</summary>
    private sealed class Lane(Peer peer, int part, string title)
    {
        public Peer Peer => peer;

        public int Part => part;

        public string Title { get; set; } = title;

        public bool IsRoot { get; init; }

        public int Stdout { get; init; }

        public int Stderr { get; init; }

        public Socket? Socket { get; set; }

        public StringBuilder Text { get; set; } = new();

        /// <summary>停在哪里，它自己说的；放行之后、再停之前是 null。</summary>
        public string? At { get; set; }

        public int? Status { get; set; }

        public bool HasEnded { get; set; }

        /// <summary>睡在哪里：给人看的，和内核说的原样。</summary>
        public (string Why, string Raw)? Sleep { get; set; }

        /// <summary>睡下的先后：几个进程等同一个东西，内核先叫醒先睡的，所以谁先睡也是状态。</summary>
        public (int Turn, string Raw)? Queued { get; set; }

        /// <summary>我们让它先别动：它在等的子进程正在走，子进程的退出状态要趁它没有取走时看。</summary>
        public bool IsHeld { get; set; }

        public bool IsStuck { get; set; }

        /// <summary>这一步之前用了多少 CPU，纳秒。</summary>
        public long Spent { get; set; }

        public List<OutputView> Output { get; } = [];

        public (long Out, long Err) Seen { get; set; }

        /// <summary>指着共享的东西的描述符，用过哪些编号。</summary>
        public HashSet<string> Numbers { get; } = [];

        public (Stopwatch Clock, long Cpu) Idle { get; set; } = (Stopwatch.StartNew(), -1);

        public bool IsStable => HasEnded || IsStuck || At != null || Sleep != null;
    }

    /// <summary>放一个进程走一步，等到都停稳。</summary>
    /// <param name="lane">第几个进程，要是可以走的。</param>
    public void Go(int lane)
    {
        Lane mover = _lanes[lane];
        if (mover.At == null) throw new InvalidOperationException($"第 {lane} 个进程不在语句之前，不能走。");
        HoldParents();
        mover.At = null;
        try
        {
            mover.Socket!.Send("."u8);
        }
        catch (SocketException)
        {
            // 它刚刚没有了，下面会看到。
        }

        Settle(mover);
    }

    /// <summary>谁也不放，再看一遍：睡着的，时候到了自己会醒。</summary>
    public void Again()
    {
        HoldParents();
        Settle(null);
    }

    /// <summary>杀死一个进程，等到其余的都停稳。</summary>
    /// <param name="lane">第几个进程。</param>
    public void Kill(int lane)
    {
        HoldParents();
        _lanes[lane].At = null;
        _lanes[lane].IsHeld = false;
        kill(_lanes[lane].Peer.Pid, SIGKILL);
        Settle(_lanes[lane]);
    }

    /// <summary>再启动一个程序，接着用留下的名字；走到它的第一条语句之前。</summary>
    /// <param name="part">第几个程序。</param>
    public void Enter(int part)
    {
        foreach (Lane other in _lanes) other.Sleep = null;
        lock (Sandbox.Gate) Start(_parts[part], _parts[part].Again ?? _parts[part].Args);
        Settle(null);
    }

    /// <summary>走一步，编号的写法见 <see cref="Move"/>。</summary>
    public void Take(int move)
    {
        if (move >= Move.First) Enter(move - Move.First);
        else if (move < 0) Kill(~move);
        else Go(move);
    }

    /// <summary>编号换成记号、临时目录换成 /tmp、对象的名字换成 /memmap：每次运行都不同的，写成一样。</summary>
    public string Mask(string text)
    {
        string masked = text.Replace(_name[1..], "memmap", StringComparison.Ordinal).Replace(Files, "/tmp", StringComparison.Ordinal);
        for (int i = 0; i < _lanes.Count; i++)
        {
            string pid = _lanes[i].Peer.Pid.ToString(CultureInfo.InvariantCulture);
            if (masked.Contains(pid, StringComparison.Ordinal)) masked = Regex.Replace(masked, $@"(?<!\d){pid}(?!\d)", $"{(char)(PidMark + i)}");
        }

        // 打印出来的地址：是哪一段映射的，就记哪一段。
        return HexAddress().Replace(masked, m => Addresses.FirstOrDefault(a => a.Value == m.Value).Key is { } key ? $"{AddressMark}{key}{AddressMark}" : "0x…");
    }

    /// <summary>结束全部进程，名字和文件都删掉。</summary>
    public void Dispose()
    {
        lock (Sandbox.Gate)
        {
            // 先停住再杀：正在启动子进程的，停住之后就不会再多。
            for (bool more = true; more;)
            {
                foreach (Lane lane in _lanes.Where(l => !l.HasEnded)) kill(lane.Peer.Pid, SIGSTOP);
                more = Discover();
            }

            foreach (Lane lane in _lanes.Where(l => !l.HasEnded)) kill(lane.Peer.Pid, SIGKILL);

            // 父进程死了，孤儿归我们（PR_SET_CHILD_SUBREAPER）；按编号取走，不碰别的场地的进程。
            foreach (Lane lane in _lanes)
            {
                _ = waitpid(lane.Peer.Pid, out _, 0);
                lane.Socket?.Dispose();
                if (!lane.IsRoot) continue;
                close(lane.Stdout);
                close(lane.Stderr);
            }

            _listener.Dispose();
            foreach ((Socket socket, _) in _unknown) socket.Dispose();
            _observer.Dispose();
            Sandbox.Remove(_temp);
            foreach (string left in Directory.GetFileSystemEntries("/dev/shm").Where(path => Arena.IsPrivate || path.Contains(_name[1..], StringComparison.Ordinal))) Sandbox.Remove(left);
        }
    }

    // 在等子进程的先停住，睡着的都重新看。
    private void HoldParents()
    {
        foreach (Lane waiting in _lanes.Where(l => l.Sleep is { Why: var why } && why.StartsWith("waitpid", StringComparison.Ordinal)))
        {
            kill(waiting.Peer.Pid, SIGSTOP);
            waiting.IsHeld = true;
        }

        foreach (Lane other in _lanes)
        {
            other.Sleep = null;
            if (_patience == TimeSpan.MaxValue) continue;
            other.IsStuck = false;
            other.Spent = other.Peer.CpuTime;
        }
    }

    private void Start(Part part, string[] own)
    {
        string[] args = [.. own.Select(a => a.Replace("{name}", _name, StringComparison.Ordinal))];

        // 不分层编译：没有后台的线程去装程序集，描述符的编号每次都一样。
        string[] environment = [.. Sandbox.Variables().Where(v => !v.StartsWith("TMPDIR=", StringComparison.Ordinal)), $"TMPDIR={Files}", $"STAGE_SOCKET={_socket}", "DOTNET_TieredCompilation=0"];
        string output = Path.Combine(_temp, string.Create(CultureInfo.InvariantCulture, $"out{_lanes.Count}")), error = Path.Combine(_temp, string.Create(CultureInfo.InvariantCulture, $"err{_lanes.Count}"));
        const OpenFlags Append = (OpenFlags)0x400;
        lock (Sandbox.Gate)
        {
            int stdout = open(output, O_RDWR | O_CREAT | O_CLOEXEC | Append, S_IRUSR | S_IWUSR), stderr = open(error, O_RDWR | O_CREAT | O_CLOEXEC | Append, S_IRUSR | S_IWUSR);
            Errno failure = Launch.Spawn(out int pid, part.Program is { } program ? [program, .. args] : [Path.Combine(Sandbox.DotnetRoot, "dotnet"), "exec", part.Dll, .. args], environment, stdout, stderr);
            if (failure != 0) throw new IOException($"posix_spawn(\"dotnet\"): {strerror(failure)}");
            _lanes.Add(new Lane(new Peer(pid), Array.IndexOf(_parts, part), part.Label) { IsRoot = true, Stdout = stdout, Stderr = stderr });
        }
    }

    // 等到每个进程都停稳：停在语句之前，睡在要别人叫醒的调用里，或已经结束。
    private void Settle(Lane? mover)
    {
        var clock = Stopwatch.StartNew();
        string before = "";
        while (true)
        {
            bool heard = Receive(_lanes.All(l => l.IsStable) ? 0 : 1000);
            foreach (Lane lane in _lanes.Where(l => !l.HasEnded)) LookAfter(lane);
            bool over = clock.Elapsed > Limit;
            foreach (Lane lane in _lanes.Where(l => !l.IsStable && !l.IsHeld))
            {
                lane.IsStuck = over || (lane.Socket != null && _patience != TimeSpan.MaxValue && lane.Peer.CpuTime - lane.Spent > _patience.TotalNanoseconds);
            }

            if (heard || !_lanes.All(l => l.IsStable || l.IsHeld) || Discover()) continue;
            if (_lanes.Where(l => l.IsHeld).ToList() is { Count: > 0 } held)
            {
                foreach (Lane lane in held)
                {
                    lane.IsHeld = false;
                    lane.Idle = (Stopwatch.StartNew(), -1);
                    kill(lane.Peer.Pid, SIGCONT);
                }

                continue;
            }

            // 叫醒是同步的：别的进程停下之前，被它叫醒的就已经不在睡了。看两遍，睡的地方没有变，才算停稳。
            string asleep = string.Join('\n', _lanes.Select(l => l.Sleep?.Raw));
            if (asleep == before || _lanes.All(l => l.Sleep == null)) break;
            before = asleep;
            foreach (Lane lane in _lanes) lane.Sleep = null;
        }

        foreach (Lane lane in _lanes)
        {
            if (lane.Sleep is not { Raw: var raw }) lane.Queued = null;
            else if (lane.Queued?.Raw != raw) lane.Queued = (++_turn, raw);
        }

        ReadOutput(mover);
        Now = Look();
    }

    private void LookAfter(Lane lane)
    {
        if (lane.IsRoot)
        {
            if (waitpid(lane.Peer.Pid, out int status, WNOHANG) == lane.Peer.Pid) (lane.HasEnded, lane.Status) = (true, status);
        }
        else if (lane.Peer.HasLeft)
        {
            lane.Status = lane.Peer.Status;
            lane.HasEnded = true;
        }

        if (lane.HasEnded) (lane.At, lane.Sleep) = (null, null);
        else if (lane.At == null && lane.Sleep == null && !lane.IsHeld) lane.Sleep = Asleep(lane);
    }

    // 内核说它睡在哪个系统调用里。看得出要靠别的进程叫醒的，才算。
    private (string Why, string Raw)? Asleep(Lane lane)
    {
        Peer peer = lane.Peer;
        if (lane.Socket == null && peer.CommandLine.Contains(_parts[lane.Part].Start)) return null;
        if (!peer.IsAsleep) return null;
        _observer.Forget(peer);
        string[][] calls = [.. peer.Syscalls()];
        if (calls.Length == 0 || calls[0].Length < 7) return null;
        string? why = Blocking(peer, calls[0]);
        if (why == null && calls[0][0] == Syscall.Futex) why = calls.Skip(1).Select(call => Blocking(peer, call)).FirstOrDefault(other => other != null);
        if (why != null) return (why, string.Join(' ', calls[0]));

        long cpu = peer.CpuTime;
        if (cpu != lane.Idle.Cpu) lane.Idle = (Stopwatch.StartNew(), cpu);
        return lane.Idle.Clock.Elapsed > _idleAfter ? ("睡着了，看不出在等谁", "?") : null;
    }

    private string? Blocking(Peer peer, string[] call)
    {
        static ulong Number(string hex) => ulong.Parse(hex.AsSpan(2), NumberStyles.HexNumber, null);
        if (call.Length < 7) return null;
        ulong first = Number(call[1]);
        if (call[0] == Syscall.Futex) return _observer.Find(peer, first, out bool isSemaphore) is { } where ? isSemaphore ? $"sem_wait，信号量 {where}" : $"futex，{where}" : null;
        if (call[0] == Syscall.Wait4 || call[0] == Syscall.Waitid)
        {
            int child = _lanes.FindIndex(l => l.Peer.Pid == (int)(call[0] == Syscall.Wait4 ? first : Number(call[2])));

            // 主线程先成了僵尸，别的线程还在收尾：等它的还没有被叫醒，马上会。
            if (child >= 0 ? _lanes[child].HasEnded : peer.Descendants().Any(d => d.HasEnded)) return null;
            return child >= 0 ? $"waitpid，进程 {(char)('A' + child)}" : "waitpid";
        }

        bool locks = call[0] == Syscall.Flock || (call[0] == Syscall.Fcntl && Number(call[2]) is 7 or 38);
        if (!locks && call[0] != Syscall.Read && call[0] != Syscall.Write) return null;
        string target = _observer.Target(peer.Descriptors().FirstOrDefault(d => Path.GetFileName(d.Path) == first.ToString(CultureInfo.InvariantCulture)).Target ?? "");
        if (locks) return $"等一把锁，{target}";
        return target.Contains("的管道") ? $"{(call[0] == Syscall.Read ? "read" : "write")}，{target}" : null;
    }

    // 新出现的子进程。
    private bool Discover()
    {
        bool found = false;
        foreach (Lane parent in _lanes.Where(l => !l.HasEnded).ToList())
        {
            foreach (Peer child in parent.Peer.Descendants().Where(c => _lanes.All(l => l.Peer.Pid != c.Pid)))
            {
                _lanes.Add(new Lane(child, parent.Part, "子进程") { Stdout = parent.Stdout, Stderr = parent.Stderr });
                found = true;
            }
        }

        return found;
    }

    // 收下进程说的话：第一行是编号，之后每停一次一行。
    private bool Receive(int microseconds)
    {
        List<Socket> read = [_listener, .. _unknown.Select(u => u.Socket), .. _lanes.Where(l => l.Socket != null && !l.HasEnded).Select(l => l.Socket!)];
        Socket.Select(read, null, null, microseconds);
        bool heard = false;
        foreach (Socket socket in read)
        {
            if (socket == _listener)
            {
                _unknown.Add((_listener.Accept(), new StringBuilder()));
                heard = true;
                continue;
            }

            byte[] buffer = new byte[16384];
            int count = 0;
            try
            {
                count = socket.Receive(buffer);
            }
            catch (SocketException)
            {
                // 进程死了，与对方关闭一样。
            }

            Lane? lane = _lanes.FirstOrDefault(l => l.Socket == socket);
            int at = _unknown.FindIndex(u => u.Socket == socket);
            if (count <= 0)
            {
                socket.Dispose();
                if (lane != null) lane.Socket = null;
                if (at >= 0) _unknown.RemoveAt(at);
                continue;
            }

            heard = true;
            StringBuilder text = (lane?.Text ?? _unknown[at].Text).Append(Encoding.UTF8.GetString(buffer, 0, count));
            while (text.ToString().IndexOf('\n') is >= 0 and var end)
            {
                string line = text.ToString(0, end);
                text.Remove(0, end + 1);
                if (lane == null)
                {
                    lane = Introduce(socket, int.Parse(line, CultureInfo.InvariantCulture), text);
                    _unknown.RemoveAt(at);
                }
                else
                {
                    lane.At = line;
                }
            }
        }

        return heard;
    }

    private Lane Introduce(Socket socket, int pid, StringBuilder text)
    {
        if (_lanes.All(l => l.Peer.Pid != pid)) Discover();
        Lane lane = _lanes.First(l => l.Peer.Pid == pid);
        (lane.Socket, lane.Text) = (socket, text);

        // 编号若与源文件里的某个数一样，就分不清哪个是编号：换一个进程重来。
        string number = pid.ToString(CultureInfo.InvariantCulture);
        if (_parts.Any(p => p.Args.Any(a => a.Contains(number, StringComparison.Ordinal)) || p.Sources.Any(s => s.Text.Contains(number, StringComparison.Ordinal)))) throw new AmbiguousPidException();
        _observer.Ignore(lane.Peer);
        if (!lane.IsRoot)
        {
            string[] line = lane.Peer.CommandLine;
            lane.Title = string.Join(' ', line.Skip(Array.IndexOf(line, _parts[lane.Part].Start) + 1).Prepend("子进程"));
        }

        return lane;
    }

    // 打印了什么：多出来的算走的那个进程的；它不是这个文件的主人一家，就算主人的。
    private void ReadOutput(Lane? mover)
    {
        foreach (Lane root in _lanes.Where(l => l.IsRoot))
        {
            (long o, long e) = root.Seen;
            string output = ReadFrom(root.Stdout, ref o), error = ReadFrom(root.Stderr, ref e);
            root.Seen = (o, e);
            Lane who = mover != null && mover.Stdout == root.Stdout ? mover : root;

            // 崩溃时 .NET 打印的调用栈里全是地址，留下第一行。
            if (who.Status is { } status && WIFSIGNALED(status) && error.Contains('\n')) error = error[..(error.IndexOf('\n') + 1)];
            if (output != "") who.Output.Add(new OutputView(false, output));
            if (error != "") who.Output.Add(new OutputView(true, error));
        }
    }

    private static string ReadFrom(int fd, ref long offset)
    {
        var text = new List<byte>();
        byte* buffer = stackalloc byte[4096];
        while (pread(fd, buffer, 4096, offset) is > 0 and var count)
        {
            text.AddRange(new ReadOnlySpan<byte>(buffer, (int)count).ToArray());
            offset += count;
            if (text.Count > 1 << 16) break;
        }

        return Encoding.UTF8.GetString([.. text]);
    }

    private Snapshot Look()
    {
        var (descriptors, mappings, objects) = _observer.Look([.. _lanes.Select(l => l.HasEnded ? null : l.Peer)]);
        for (int i = 0; i < mappings.Length; i++)
        {
            foreach (IGrouping<string, MappingView> same in mappings[i].GroupBy(m => m.Target))
            {
                int nth = 0;
                foreach (MappingView mapping in same) Addresses[string.Create(CultureInfo.InvariantCulture, $"{i}|{same.Key}|{nth++}")] = mapping.Address;
            }
        }

        return new Snapshot([.. _lanes.Select((lane, i) => View(lane, descriptors[i], mappings[i]))], objects);
    }

    private LaneView View(Lane lane, DescriptorView[] descriptors, MappingView[] mappings)
    {
        (State state, string why) = lane switch
        {
            { HasEnded: true, Status: null } => (State.Exited, "?"),
            { Status: { } status } when WIFSIGNALED(status) => (State.Killed, "SIG" + sigabbrev_np(WTERMSIG(status))),
            { Status: { } status } => (State.Exited, WEXITSTATUS(status).ToString(CultureInfo.InvariantCulture)),
            { At: not null } => (State.Ready, ""),
            { Sleep: { } sleep } => (State.Asleep, sleep.Why + Turn(lane)),
            _ => (State.Running, $"{Limit.TotalSeconds:0} 秒没有停下"),
        };
        lane.Numbers.UnionWith(descriptors.Select(d => d.Number.ToString(CultureInfo.InvariantCulture)));
        if (!lane.HasEnded && lane.At != null) _frames[lane] = Frames(lane);
        return new LaneView(Mask(lane.Title), lane.Part, state, why, lane.HasEnded ? [] : _frames.GetValueOrDefault(lane) ?? [],
            [.. lane.Output.Select(o => o with { Text = Mask(o.Text) })], descriptors, mappings);
    }

    // 几个进程等同一个东西，才说排第几个。
    private string Turn(Lane lane)
    {
        Lane[] same = [.. _lanes.Where(l => l.Sleep?.Why == lane.Sleep?.Why && l.Sleep != null).OrderBy(l => l.Queued?.Turn)];
        return same.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $"（第 {Array.IndexOf(same, lane) + 1} 个）") : "";
    }

    private readonly Dictionary<Lane, FrameView[]> _frames = [];

    private FrameView[] Frames(Lane lane) =>
    [
        .. lane.At!.Split('\x1e').Select(layer => layer.Split('\x1f')).Where(fields => fields.Length > 1).Select(fields => new FrameView(
            fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), [.. fields.Skip(2).Select(f => f.Split('=', 2)).Select(f => new VariableView(f[0], Value(lane, f[1])) { IsDescriptor = lane.Numbers.Contains(f[1]) })])),
    ];

    // 指针写成它指着什么。
    private string Value(Lane lane, string value)
    {
        if (!value.StartsWith('@')) return Mask(value);
        ulong address = ulong.Parse(value.AsSpan(1), NumberStyles.HexNumber, null);
        if (address == 0) return "null";
        if (address == ulong.MaxValue) return "(void*)-1";
        return _observer.Find(lane.Peer, address, out _) is { } target ? "→ " + target
            : _observer.Maps(lane.Peer).Any(m => m.Start <= address && address < m.End) ? "→ 自己的内存" : "→ 那里没有映射";
    }

    [GeneratedRegex("0x[0-9a-f]{8,16}")]
    private static partial Regex HexAddress();

    // 系统调用的编号，随 CPU 的种类而不同。
    private static class Syscall
    {
        private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        public static readonly string Read = Arm ? "63" : "0";
        public static readonly string Write = Arm ? "64" : "1";
        public static readonly string Futex = Arm ? "98" : "202";
        public static readonly string Wait4 = Arm ? "260" : "61";
        public static readonly string Waitid = Arm ? "95" : "247";
        public static readonly string Flock = Arm ? "32" : "73";
        public static readonly string Fcntl = Arm ? "25" : "72";
    }
}

/// <summary>进程的编号恰好与源文件里的一个数相同，显示时会混淆：重新启动一次。</summary>
internal sealed class AmbiguousPidException : Exception;
