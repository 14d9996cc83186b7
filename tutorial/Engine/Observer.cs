using System.Globalization;
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>从外面看台上的进程共享了什么：/dev/shm 里的名字、各进程的描述符和映射、对象的内容、信号量的值。</summary>
/// <param name="files">还要看的目录：内存映射文件放在里面。</param>
/// <param name="mask">把名字写成给读者看的样子。</param>
internal sealed unsafe partial class Observer(string files, Func<string, string> mask) : IDisposable
{
    private const string Shm = "/dev/shm/";
    private const int MostBytes = 96, MostRead = 1 << 18;
    private const int FIONREAD = 0x541B;

    // glibc 2.21 起 sem_t 的前 8 个字节：低 32 位是值，高 32 位是等待的个数。格式是 libc 私有的，所以先创建一个核对；对不上就不显示。
    private static readonly bool KnowsSemaphores = SemaphoreLooksAsExpected();

    private readonly List<Tracked> _objects = [];
    private readonly Dictionary<string, string> _pipes = [];
    private readonly HashSet<string> _ignored = [];
    private readonly Dictionary<int, Map[]> _maps = [];

    /// <summary>一个共享的东西；我们自己也打开着它，名字没有了也看得到内容。</summary>
    private sealed record Tracked(string Id, int Fd, string Name, string Kind)
    {
        public bool IsNamed { get; set; }

        public string Label { get; set; } = Name;
    }

    /// <summary>进程刚接上舞台：此刻已经有的、没见过的管道是 .NET 自己的，不看。</summary>
    public void Ignore(Peer peer) => _ignored.UnionWith(peer.Descriptors().Select(d => d.Target).Where(t => t.StartsWith("pipe:", StringComparison.Ordinal) && !_pipes.ContainsKey(t)));

    /// <summary>看一遍。</summary>
    /// <param name="lanes">各个进程；已经结束的为 null。</param>
    /// <returns>各进程的描述符与映射，和共享的东西。</returns>
    public (DescriptorView[][] Descriptors, MappingView[][] Mappings, ObjectView[] Objects) Look(Peer?[] lanes)
    {
        _maps.Clear();
        foreach (Tracked tracked in _objects) tracked.IsNamed = false;
        foreach (string folder in new[] { Shm, files + "/" }.Where(Directory.Exists))
        {
            foreach (string path in Directory.GetFiles(folder).Where(path => Arena.IsPrivate || folder != Shm || path.Contains(Sandbox.Token)))
            {
                if (Track(path, path) is { } named) named.IsNamed = true;
            }
        }

        var held = new HashSet<string>();
        var descriptors = lanes.Select((lane, i) => lane == null ? [] : Descriptors(lane, i, held)).ToArray();
        var maps = lanes.Select(lane => lane == null ? [] : Maps(lane).Where(m => Kind(m.File) != null).ToList()).ToArray();
        held.UnionWith(maps.SelectMany(list => list.Select(m => Id(m.File, m.Inode))));

        // 没有名字、也没有进程拿着的，已经不存在了。
        foreach (Tracked gone in _objects.Where(t => !t.IsNamed && !held.Contains(t.Id)).ToList())
        {
            close(gone.Fd);
            _objects.Remove(gone);
        }

        foreach (IGrouping<string, Tracked> same in _objects.GroupBy(t => t.Name))
        {
            int n = 0;
            foreach (Tracked tracked in same) tracked.Label = ++n == 1 ? tracked.Name : $"{tracked.Name}（第 {n} 个）";
        }

        return (
            [.. descriptors.Select(list => list.Select(d => d with { Target = LabelOf(d.Target) }).ToArray())],
            [.. maps.Select(list => list.Select(m => new MappingView(LabelOf(Id(m.File, m.Inode)), m.Offset, (long)(m.End - m.Start), m.Protection[..3], m.Protection[3] == 's', IsNameless(m)) { Address = $"0x{m.Start:x}" }).ToArray())],
            [.. _objects.Select(View).Concat(Pipes(lanes)).OrderBy(o => o.Kind == "semaphore").ThenBy(o => o.Label, StringComparer.Ordinal)]);
    }

    /// <summary>一个进程的映射；看一遍之内只读一次。</summary>
    public Map[] Maps(Peer peer) => _maps.TryGetValue(peer.Pid, out Map[]? known) ? known : _maps[peer.Pid] = [.. peer.Maps()];

    /// <summary>进程走过了，映射要重新读。</summary>
    public void Forget(Peer peer) => _maps.Remove(peer.Pid);

    /// <summary>地址落在哪个共享的东西里。</summary>
    /// <returns>例如 <c>/memmap</c>；不在共享的东西里为 null。</returns>
    public string? Find(Peer peer, ulong address, out bool isSemaphore)
    {
        Map? map = Maps(peer).FirstOrDefault(m => m.Start <= address && address < m.End && Kind(m.File) != null);
        isSemaphore = map != null && Kind(map.File) == "semaphore";
        return map == null ? null : LabelOf(Id(map.File, map.Inode)) + (isSemaphore || address == map.Start ? "" : $"+{(long)(address - map.Start) + map.Offset}");
    }

    /// <summary>一个描述符指着什么。</summary>
    public string Target(string target) => _pipes.TryGetValue(target, out string? pipe) ? pipe : mask(target);

    public void Dispose() => _objects.ForEach(t => close(t.Fd));

    private DescriptorView[] Descriptors(Peer lane, int index, HashSet<string> held)
    {
        var views = new List<DescriptorView>();
        foreach ((string path, string target) in lane.Descriptors().OrderBy(d => int.Parse(Path.GetFileName(d.Path), CultureInfo.InvariantCulture)))
        {
            string? id = null;
            if (target.StartsWith("pipe:", StringComparison.Ordinal) && !_ignored.Contains(target))
            {
                // 按「谁先有的、第几个」取名，不按全局的次序：谁先走，名字都一样。
                if (!_pipes.ContainsKey(target)) _pipes[target] = $"{(char)('A' + index)} 的管道 {_pipes.Values.Count(p => p[0] == (char)('A' + index)) + 1}";
                id = target;
            }
            else if (Kind(target) != null)
            {
                id = Track(path, target)?.Id;
            }

            if (id == null) continue;
            held.Add(id);
            views.Add(new DescriptorView(int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), id, lane.Access(path) switch { 0 => "r", 1 => "w", _ => "rw" }) { Hidden = lane.Offset(path) });
        }

        return [.. views];
    }

    // 管道里还有多少字节没有读走；里面是什么看不到，看了就没有了。
    private IEnumerable<ObjectView> Pipes(Peer?[] lanes)
    {
        foreach ((string target, string label) in _pipes)
        {
            string? path = lanes.OfType<Peer>().SelectMany(lane => lane.Descriptors()).FirstOrDefault(d => d.Target == target).Path;
            int fd = path == null ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
            if (fd == -1) continue;
            _ = ioctl(fd, FIONREAD, out int waiting);
            close(fd);
            yield return new ObjectView(label, "pipe", false, waiting, "", 0, null, null);
        }
    }

    private ObjectView View(Tracked tracked)
    {
        long size = fstat(tracked.Fd, out stat_t st) == 0 ? st.st_size : -1;
        byte[] content = new byte[Math.Clamp(size, 0, MostRead)];
        fixed (byte* start = content)
        {
            if (pread(tracked.Fd, start, (nuint)content.Length, 0) is var count && count < content.Length) content = content[..(int)Math.Max(0, count)];
        }

        int? value = null, waiters = null;
        if (tracked.Kind == "semaphore" && content.Length >= 8 && KnowsSemaphores)
        {
            (value, waiters) = (BitConverter.ToInt32(content, 0), BitConverter.ToInt32(content, 4));
            content = [];
        }

        uint sum = 2166136261;
        foreach (byte one in content) sum = (sum ^ one) * 16777619;
        if (tracked.Kind != "semaphore") sum = AfterEnd(tracked.Fd, size, sum);
        return new ObjectView(tracked.Label, tracked.Kind, tracked.IsNamed, size, Convert.ToHexString(content.AsSpan(0, Math.Min(MostBytes, content.Length)).TrimEnd((byte)0)), sum, value, waiters);
    }

    // 对象末尾之后、同一页里的字节：read 读不到，映射着的进程却读得到、写得进，所以也是状态。
    private static uint AfterEnd(int fd, long size, uint sum)
    {
        int page = getpagesize(), used = (int)(size % page);
        if (size <= 0 || used == 0) return sum;
        void* last = mmap(null, (nuint)page, PROT_READ, MAP_SHARED, fd, size - used);
        if (last == MAP_FAILED) return sum;
        var rest = new ReadOnlySpan<byte>((byte*)last + used, page - used);
        if (rest.ContainsAnyExcept((byte)0))
        {
            foreach (byte one in rest) sum = (sum ^ one) * 16777619;
        }

        munmap(last, (nuint)page);
        return sum;
    }

    private Tracked? Track(string path, string target)
    {
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1) return null;
        if (fstat(fd, out stat_t st) == -1 || !S_ISREG(st.st_mode))
        {
            close(fd);
            return null;
        }

        string id = Id(target, st.st_ino);
        if (_objects.FirstOrDefault(t => t.Id == id) is { } known)
        {
            close(fd);
            return known;
        }

        // 启动的进程只得到给它的描述符；这一个带 O_CLOEXEC。
        string kind = Kind(target)!, bare = Bare(target);
        string name = kind switch
        {
            "semaphore" => "/" + bare[(Shm.Length + 4)..],
            "object" => "/" + bare[Shm.Length..],
            "memfd" => bare[1..],
            _ => bare,
        };
        var tracked = new Tracked(id, fd, mask(name), kind);
        _objects.Add(tracked);
        return tracked;
    }

    private string LabelOf(string id) => _objects.FirstOrDefault(t => t.Id == id)?.Label ?? (_pipes.TryGetValue(id, out string? pipe) ? pipe : "？");

    // 内核在 maps 里写的 (deleted) 说的是映射时用的那个名字：glibc 创建信号量时先用一个临时的名字，所以不看它，看对象现在有没有名字。
    private bool IsNameless(Map map) => Kind(map.File) != "memfd" && _objects.FirstOrDefault(t => t.Id == Id(map.File, map.Inode)) is not { IsNamed: true };

    private string? Kind(string target) =>
        target.StartsWith(Shm + "sem.", StringComparison.Ordinal) ? "semaphore"
        : target.StartsWith(Shm, StringComparison.Ordinal) ? "object"
        : target.StartsWith("/memfd:", StringComparison.Ordinal) && !target.Contains("doublemapper") ? "memfd"
        : target.StartsWith(files + "/", StringComparison.Ordinal) ? "file"
        : null;

    // 同一个文件系统里 inode 号才不重复：前面加上种类。
    private string Id(string target, ulong inode) => string.Create(CultureInfo.InvariantCulture, $"{Kind(target) switch { "memfd" => "m", "file" => "f", _ => "s" }}{inode}");

    private static string Bare(string target) => target.EndsWith(" (deleted)", StringComparison.Ordinal) ? target[..^10] : target;

    private static bool SemaphoreLooksAsExpected()
    {
        long* room = stackalloc long[8];
        return sem_init((sem_t*)room, 1, 7) == 0 && room[0] == 7;
    }

    [LibraryImport("libc")]
    private static partial int ioctl(int fd, nuint request, out int argument);
}
