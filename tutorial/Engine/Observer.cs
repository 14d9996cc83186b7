using System.Globalization;
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>从外面看台上的进程：各自停在哪里，拿着什么描述符和映射，指针指着什么；共享的东西见 <see cref="SharedThings"/>。</summary>
/// <param name="name">这一次的对象的名字，不含斜线。</param>
/// <param name="files">内存映射文件放在里面的目录。</param>
internal sealed partial class Observer(string name, string files, Mask mask) : IDisposable
{
    private const int FIONREAD = 0x541B, MostWaiting = 1 << 16;

    private readonly SharedThings _things = new(name, files, mask);
    private readonly Dictionary<string, string> _pipes = [];
    private readonly HashSet<string> _ignored = [];

    // 每个进程的映射和描述符，以及那时用了多少 CPU：没有再用过 CPU 的，都没有变。
    private readonly Dictionary<int, Held> _known = [];

    /// <summary>进程刚接上舞台：此刻已经有的、没见过的管道和套接字是 .NET 和舞台的，不看。</summary>
    public void Ignore(Peer peer) => _ignored.UnionWith(Known(peer).Descriptors.Select(d => d.Target).Where(t => (IsPipe(t) || IsSocket(t)) && !_pipes.ContainsKey(t)));

    /// <summary>各个进程都停稳了，看一遍。</summary>
    public Snapshot Look(IReadOnlyList<Lane> lanes)
    {
        // 怎样称呼，要看完全部进程才定：先都打开，再写成看到的样子。
        foreach (Lane lane in lanes) Forget(lane.Peer);
        var descriptors = lanes.Select((lane, i) => Descriptors(lane, i).ToArray()).ToArray();
        _things.LookForNames(lanes.SelectMany(lane => Known(lane).Shared));
        var mappings = lanes.Select(lane => Known(lane).Shared.Select(map => (Map: map, Thing: _things.Of(map))).ToArray()).ToArray();
        _things.Forget([.. descriptors.SelectMany(all => all).Select(d => d.Thing).Concat(mappings.SelectMany(all => all).Select(m => m.Thing)).OfType<Thing>()]);
        LaneView[] views =
        [
            .. lanes.Select((lane, i) => View(lane, i, lanes,
                [.. descriptors[i].Select(d => d.Thing == null ? d.View : d.View with { Target = d.Thing.Label })],
                [.. from m in mappings[i] where m.Thing != null select View(lane.Peer, m.Map, m.Thing)])),
        ];
        ObjectView[] objects = [.. _things.Views().Concat(Pipes(lanes)).OrderBy(o => o.Value != null).ThenBy(o => o.Label, StringComparer.Ordinal)];

        // 有名 Mutex 的开头有几个没有初始化的字节，是地址的一部分。
        IEnumerable<string> mutexes = Arena.NamedMutexes().Select(m => $"{Path.GetFileName(m.Path)} {Sum(m.Content, guesses: true)}");
        return new Snapshot(views, objects, string.Join('|', [.. lanes.Select(Sockets), .. lanes.Select(Rest), _things.Sockets, _things.Modes, .. mutexes]));
    }

    /// <summary>只看有哪些名字，记住它们叫什么：名字删掉以后，只剩下没有名字的映射。</summary>
    public void Glance() => _things.LookForNames([]);

    /// <summary>进程若走过了，映射和描述符要重新读。</summary>
    /// <param name="always">不管走没走过。</param>
    public void Forget(Peer peer, bool always = false)
    {
        if (_known.TryGetValue(peer.Pid, out Held? known) && (always || known.CpuTime != peer.CpuTime)) _known.Remove(peer.Pid);
    }

    public void ForgetAll() => _known.Clear();

    /// <summary>地址落在哪个共享的东西里，从它的第几个字节起；不在共享的东西里为 null。</summary>
    public (Thing Thing, long Offset)? Find(Peer peer, ulong address) =>
        Known(peer).Maps.FirstOrDefault(m => m.Holds(address)) is { } map && _things.Of(map) is { } thing ? (thing, (long)(address - map.Start) + map.Offset) : null;

    /// <summary>一个地址在共享的映射里，不管是不是给人看的。</summary>
    public bool IsShared(Peer peer, ulong address) => Known(peer).Maps.Any(m => m.Holds(address) && m.IsShared);

    /// <summary>一个描述符指着什么；套接字没有名字，写明就够了。</summary>
    public string Target(Peer peer, ulong descriptor)
    {
        string target = peer.Descriptors().FirstOrDefault(d => Number(d.Path) == (int)descriptor).Target ?? "";
        return _ignored.Contains(target) ? "" : IsSocket(target) ? "套接字" : _pipes.GetValueOrDefault(target) ?? mask.Of(target);
    }

    public void Dispose() => _things.Dispose();

    private static bool IsSocket(string target) => target.StartsWith("socket:", StringComparison.Ordinal);

    private static bool IsPipe(string target) => target.StartsWith("pipe:", StringComparison.Ordinal);

    // 只看种类，不算打开：等着对方来打开它的，不会以为来了。
    private static bool IsFifo(string path)
    {
        const OpenFlags O_PATH = (OpenFlags)0x200000;
        int fd = open(path, O_PATH | O_CLOEXEC);
        bool isFifo = fd != -1 && fstat(fd, out stat_t st) == 0 && S_ISFIFO(st.st_mode);
        if (fd != -1) close(fd);
        return isFifo;
    }

    private static int Number(string path) => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);

    private Held Known(Peer peer) =>
        _known.TryGetValue(peer.Pid, out Held? known) ? known : _known[peer.Pid] = Read(peer);

    private Held Read(Peer peer)
    {
        long time = peer.CpuTime;
        Map[] maps = [.. peer.Mappings()];
        mask.Mapped.UnionWith(maps.Where(m => m.Protection[0] == 'r').Select(m => (m.Start, m.End)));
        return new(time, maps, [.. maps.Where(_things.IsOne)], [.. peer.Descriptors()], peer.Umask);
    }

    // 结束了的，什么也没有。
    private Held Known(Lane lane) => lane.HasEnded ? new(0, [], [], [], "") : Known(lane.Peer);

    // 描述符，和它指着的东西；管道没有打开来看，只有称呼。
    private IEnumerable<(DescriptorView View, Thing? Thing)> Descriptors(Lane lane, int index)
    {
        foreach ((string path, string target) in Known(lane).Descriptors.OrderBy(d => Number(d.Path)))
        {
            if (IsPipe(target) && !_ignored.Contains(target) && !_pipes.ContainsKey(target))
            {
                // 按「谁先有的、第几个」取名，不按全局的次序：谁先走，名字都一样。
                char who = (char)('A' + index);
                _pipes[target] = $"{who} 的管道 {_pipes.Values.Count(p => p[0] == who) + 1}";
            }
            else if (target.StartsWith(files + "/", StringComparison.Ordinal) && IsFifo(path))
            {
                _pipes[target] = $"命名管道 {mask.Of(target)}";
            }

            Thing? thing = _things.Hold(path, target);
            if (thing == null && !_pipes.ContainsKey(target)) continue;
            (string access, string hidden) = lane.Peer.Info(path);
            yield return (new DescriptorView(Number(path), _pipes.GetValueOrDefault(target, ""), access, hidden), thing);
        }
    }

    // 管道里还没有读走的：读了就没有了，tee 抄一份出来。命名管道没有人读的时候不打开：等着有人来读的，会以为来了。
    private IEnumerable<ObjectView> Pipes(IReadOnlyList<Lane> lanes)
    {
        foreach ((string target, string label) in _pipes)
        {
            string? path = lanes.SelectMany(lane => Known(lane).Descriptors.Where(d => d.Target == target && (IsPipe(target) || lane.Peer.Info(d.Path).Access.Contains('r')))).FirstOrDefault().Path;
            int fd = path == null ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
            if (fd == -1) continue;
            _ = ioctl(fd, FIONREAD, out int waiting);
            byte[] content = waiting == 0 ? [] : Copy(fd);
            close(fd);
            mask.In(content);
            yield return new ObjectView(label, "pipe", false, waiting, Thing.Start(content), Thing.Sum(content), null, null);
        }
    }

    private static unsafe byte[] Copy(int pipe)
    {
        const int SPLICE_F_NONBLOCK = 2;
        int* copy = stackalloc int[2];
        if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) != 0) return [];
        byte[] content = new byte[MostWaiting];
        _ = tee(pipe, copy[1], MostWaiting, SPLICE_F_NONBLOCK);
        nint count;
        fixed (byte* start = content) count = read(copy[0], start, MostWaiting);
        close(copy[0]);
        close(copy[1]);
        return content[..(int)Math.Max(0, count)];
    }

    // 一个进程的套接字里没有读走的，读得到、写得进、对方在不在：对方死了，它留下的只在这里看得到。
    private unsafe string Sockets(Lane lane)
    {
        const int SYS_pidfd_open = 434, SYS_pidfd_getfd = 438, MSG_PEEK = 2, MSG_DONTWAIT = 0x40;
        string[] paths = [.. Known(lane).Descriptors.Where(d => IsSocket(d.Target) && !_ignored.Contains(d.Target)).Select(d => d.Path)];
        if (paths.Length == 0) return "";
        int process = (int)syscall(SYS_pidfd_open, lane.Peer.Pid, 0, 0);
        var seen = new List<string>();
        foreach (string path in paths)
        {
            pollfd_t one = new() { fd = (int)syscall(SYS_pidfd_getfd, process, Number(path), 0), events = POLLIN };
            _ = poll(&one, 1, 0);
            int waiting = ioctl(one.fd, FIONREAD, out int unread) == 0 ? unread : -1;
            byte[] content = new byte[Math.Clamp(waiting, 0, MostWaiting)];
            if (waiting > 0) fixed (byte* start = content) _ = recv(one.fd, start, (nuint)content.Length, MSG_PEEK | MSG_DONTWAIT);
            seen.Add($"{waiting} {Sum(content)} {one.revents}");
            close(one.fd);
        }

        close(process);
        return string.Join(',', seen.Order(StringComparer.Ordinal));
    }

    // 一个进程自己的：umask，eventfd 的值。
    private string Rest(Lane lane) => string.Join(',', Known(lane).Descriptors.Where(d => d.Target == "anon_inode:[eventfd]").Select(d => lane.Peer.Info(d.Path).Hidden).Append(Known(lane).Umask));

    private MappingView View(Peer peer, Map map, Thing thing) =>
        new(thing.Label, map.Offset, (long)(map.End - map.Start), map.Protection[..3], map.IsShared, thing.IsNameless, $"0x{map.Start:x}", map.IsShared ? null : Sum(peer.Content(map, Thing.MostRead)));

    private uint Sum(byte[] content, bool guesses = false)
    {
        mask.In(content, guesses);
        return Thing.Sum(content);
    }

    private LaneView View(Lane lane, int index, IReadOnlyList<Lane> all, DescriptorView[] descriptors, MappingView[] mappings)
    {
        // 打印出来的地址写成「哪一段映射」。同名的有几个，要看前一个还在不在，所以不写第几个：已经打印的不会再变。
        foreach (IGrouping<string, MappingView> same in mappings.GroupBy(m => m.Target.Split('（')[0]))
        {
            foreach ((int nth, MappingView mapping) in same.Index()) mask.Addresses[$"{index}|{same.Key}|{nth}"] = mapping.Address;
        }

        (State state, string why) = lane switch
        {
            { HasEnded: true, Status: null } => (State.Exited, "?"),
            { Status: { } status } when WIFSIGNALED(status) => (State.Killed, "SIG" + sigabbrev_np(WTERMSIG(status))),
            { Status: { } status } => (State.Exited, $"{WEXITSTATUS(status)}"),
            { At: not null } => (State.Ready, ""),
            { Sleep.Why: var asleep } => (State.Asleep, asleep + Turn(lane, all)),
            _ => (State.Running, "一直没有停下"),
        };
        if (lane.HasEnded) lane.Frames = [];
        else if ((lane.At ?? lane.Unread) is { } said) lane.Frames = [.. said.Split('\x1e').Select(layer => layer.Split('\x1f')).Where(fields => fields.Length > 1).Select(fields => Frame(lane, fields))];
        lane.Unread = null;
        return new LaneView(mask.Of(lane.Title), lane.Part, state, why, lane.Frames, [.. lane.Output.Select(o => o with { Text = mask.Of(o.Text, index) })], descriptors, mappings);
    }

    // 几个进程等同一个东西，才说排第几个。
    private static string Turn(Lane lane, IReadOnlyList<Lane> all)
    {
        Lane[] same = [.. all.Where(l => l.Sleep != null && l.Sleep.Value.Why == lane.Sleep!.Value.Why).OrderBy(l => l.Queued?.Turn)];
        return same.Length > 1 ? $"（第 {Array.IndexOf(same, lane) + 1} 个）" : "";
    }

    // 一层调用：函数、停在哪里、局部变量。
    private FrameView Frame(Lane lane, string[] fields)
    {
        string[][] pairs = [.. fields.Skip(2).Select(f => f.Split('=', 2))];
        IEnumerable<VariableView> variables = pairs.Where(v => v[0] != "").Select(v => new VariableView(v[0], Value(lane.Peer, v[1]), v[1] is ['@', '#', ..]));
        string hidden = pairs.FirstOrDefault(v => v[0] == "")?[1] ?? "";
        return new FrameView(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), [.. variables], mask.Of(hidden));
    }

    // 指针写成它指着什么。
    private string Value(Peer peer, string value)
    {
        if (!value.StartsWith('@')) return mask.Of(value);
        if (value.StartsWith("@#", StringComparison.Ordinal)) return value[2..];
        ulong address = ulong.Parse(value.AsSpan(1), NumberStyles.HexNumber, null);
        return address == 0 ? "null"
            : address == ulong.MaxValue ? "(void*)-1"
            : Find(peer, address) is var (thing, offset) ? "→ " + thing.Place(offset)
            : Known(peer).Maps.Any(m => m.Holds(address)) ? "→ 自己的内存" : "→ 那里没有映射";
    }

    /// <param name="Shared">映射里，属于共享的东西的。</param>
    private sealed record Held(long CpuTime, Map[] Maps, Map[] Shared, (string Path, string Target)[] Descriptors, string Umask);

    [LibraryImport("libc")]
    private static partial nint tee(int source, int target, nuint length, uint flags);

    [LibraryImport("libc")]
    private static unsafe partial nint recv(int fd, byte* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial int ioctl(int fd, nuint request, out int argument);

    [LibraryImport("libc")]
    private static partial long syscall(long number, long first, long second, long third);
}
