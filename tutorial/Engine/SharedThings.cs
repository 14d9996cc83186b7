using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>台上的进程共享的东西：/dev/shm 里的名字、没有名字的 memfd、临时目录里的文件。内容和信号量的值都是从外面读的。</summary>
/// <param name="name">这一次的对象的名字，不含斜线。</param>
/// <param name="files">内存映射文件放在里面的目录。</param>
/// <param name="mask">把名字写成给读者看的样子。</param>
internal sealed unsafe partial class SharedThings(string name, string files, Mask mask) : IDisposable
{
    private const string Shm = "/dev/shm/", Deleted = " (deleted)";
    private const int MostBytes = 96, MostBeyond = 6, MostRead = 1 << 18;
    private const long SemaphoreSize = 32;

    // glibc 2.21 起 sem_t 的前 8 个字节：低 32 位是值，高 32 位是等待的个数。格式是 libc 私有的，所以先创建一个核对；对不上就不显示。
    private static readonly bool KnowsSemaphores = SemaphoreLooksAsExpected();

    private readonly List<Thing> _all = [];

    /// <summary>一个东西；我们自己也打开着它，名字没有了也看得到内容。</summary>
    private sealed record Thing(string Id, int Fd, string Path, string Name, string Kind)
    {
        public bool IsNamed { get; set; }

        public string Label { get; set; } = Name;

        /// <summary>在里面用 sem_init 创建的信号量，各从第几个字节起。</summary>
        public SortedSet<long> Semaphores { get; } = [];
    }

    /// <summary>临时目录里打不开的名字：套接字。</summary>
    public string Sockets => string.Join(',', Directory.GetFiles(files).Where(path => Inode(path) == null).Order(StringComparer.Ordinal).Select(path => mask.Of(path)));

    /// <summary>再看一遍哪些名字还在。</summary>
    /// <param name="mapped">台上的进程映射着的 inode 号。</param>
    public void LookForNames(IReadOnlySet<ulong> mapped)
    {
        foreach (Thing thing in _all) thing.IsNamed = false;

        // /dev/shm 与别人共用时，只看这一次的名字，和台上的进程打开过的：信号量打开之后只有映射，映射里的名字是 glibc 临时取的，所以比 inode 号。
        IEnumerable<string> names = Directory.GetFiles(Shm);
        if (!Arena.IsPrivate) names = names.Where(path => path.Contains(name, StringComparison.Ordinal) || (Inode(path) is { } inode && (mapped.Contains(inode) || Find(IdOf("object", inode)) != null)));
        foreach (string path in names.Concat(Directory.Exists(files) ? Directory.GetFiles(files) : []).ToArray())
        {
            if (Hold(path, path) is { } id) Find(id)!.IsNamed = true;
        }
    }

    /// <summary>一个名字或描述符：是共享的东西，就也打开它。</summary>
    /// <param name="path">打开它用的路径。</param>
    /// <param name="target">它指着什么。</param>
    /// <returns>是哪一个；不是共享的东西为 null。</returns>
    public string? Hold(string path, string target)
    {
        if (Kind(target) is not { } kind) return null;

        // 启动的进程只得到给它的描述符；这一个带 O_CLOEXEC。
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1) return null;
        string? id = fstat(fd, out stat_t st) == 0 && S_ISREG(st.st_mode) ? IdOf(kind, st.st_ino) : null;
        if (id == null || Find(id) != null)
        {
            close(fd);
            return id;
        }

        string bare = target.EndsWith(Deleted, StringComparison.Ordinal) ? target[..^Deleted.Length] : target;
        string shown = kind switch
        {
            "semaphore" => "/" + bare[(Shm.Length + 4)..],
            "object" => "/" + bare[Shm.Length..],
            "memfd" => bare[1..],
            _ => bare,
        };
        _all.Add(new Thing(id, fd, bare, mask.Of(shown), kind));
        if (!Arena.IsPrivate && bare.StartsWith(Shm, StringComparison.Ordinal)) Engine.Shm.NoteOwn(bare);
        return id;
    }

    /// <summary>一段映射是哪一个的；不是共享的东西为 null。</summary>
    public string? IdOf(Map map) => Kind(map.File) is { } kind ? IdOf(kind, map.Inode) : null;

    /// <summary>没有名字、也没有进程拿着的，已经不存在了；同名的先后有几个时，后面加序号。</summary>
    /// <param name="held">进程拿着的。</param>
    public void Forget(IReadOnlySet<string> held)
    {
        foreach (Thing gone in _all.Where(t => !t.IsNamed && !held.Contains(t.Id)).ToList())
        {
            close(gone.Fd);
            _all.Remove(gone);
        }

        foreach (IGrouping<string, Thing> same in _all.GroupBy(t => t.Name))
        {
            int n = 0;
            foreach (Thing thing in same) thing.Label = ++n == 1 ? thing.Name : $"{thing.Name}（第 {n} 个）";
        }
    }

    /// <summary>怎样称呼。</summary>
    public string Label(string id) => Find(id)?.Label ?? (id[0] == 'v' ? SystemV.Segment : "？");

    /// <summary>没有名字了，东西还在。内核在 maps 里写的 (deleted) 说的是映射时用的那个名字：glibc 创建信号量时先用一个临时的名字，所以不看它。</summary>
    public bool IsNameless(string id) => id[0] != 'v' && Find(id) is not ({ IsNamed: true } or { Kind: "memfd" });

    /// <summary>里面的一个位置，例如 <c>/memmap+64</c>。</summary>
    /// <param name="id">哪一个。</param>
    /// <param name="offset">从它的开头起，字节。</param>
    /// <param name="semaphore">那里是信号量：怎样称呼它；不是为 null。</param>
    public string Place(string id, long offset, out string? semaphore)
    {
        Thing? thing = Find(id);
        semaphore = thing?.Kind == "semaphore" ? thing.Label : thing?.Semaphores.Contains(offset) == true ? $"{thing.Label}+{offset}" : null;
        return thing?.Kind == "semaphore" || offset == 0 ? Label(id) : $"{Label(id)}+{offset}";
    }

    /// <summary>sem_init 在里面创建了信号量，或者 sem_destroy 结束了它。</summary>
    public void NoteSemaphore(string id, long offset, bool isMade)
    {
        if (isMade) Find(id)?.Semaphores.Add(offset);
        else Find(id)?.Semaphores.Remove(offset);
    }

    /// <summary>现在的样子；里面的信号量另算一个，排在它之后。</summary>
    public IEnumerable<ObjectView> Views() => _all.SelectMany(View).Concat(SystemV.Views());

    public void Dispose() => _all.ForEach(t => close(t.Fd));

    private IEnumerable<ObjectView> View(Thing thing)
    {
        long size = fstat(thing.Fd, out stat_t st) == 0 ? st.st_size : -1;
        byte[] content = Read(thing.Fd, size);
        if (thing.Kind == "semaphore" && content.Length >= 8 && KnowsSemaphores)
        {
            yield return new ObjectView(thing.Label, thing.Kind, thing.IsNamed, size, "", 0, BitConverter.ToInt32(content, 0), BitConverter.ToInt32(content, 4));
            yield break;
        }

        mask.In(content);
        uint sum = Sum(content);
        if (thing.Kind != "semaphore") sum = AfterEnd(thing.Fd, size, sum);
        yield return Of(thing.Label, thing.Kind, thing.IsNamed, size, content, sum, thing.Semaphores);
        foreach (int offset in KnowsSemaphores ? thing.Semaphores.Where(offset => offset + SemaphoreSize <= content.Length) : [])
        {
            yield return new ObjectView($"{thing.Label}+{offset}", "unnamed", false, SemaphoreSize, "", 0, BitConverter.ToInt32(content, offset), BitConverter.ToInt32(content, offset + 4));
        }
    }

    /// <summary>内容，开头的原样，再往后的只写出几个整数。</summary>
    public static ObjectView Of(string label, string kind, bool isNamed, long size, byte[] content, uint sum, IReadOnlySet<long> semaphores)
    {
        // 高低四个字节都不小，才合成一个八个字节的。
        List<string> beyond = [];
        for (int at = MostBytes; at + 4 <= content.Length && beyond.Count <= MostBeyond; at += 4)
        {
            int word = BitConverter.ToInt32(content, at), high = at % 8 == 0 && at + 8 <= content.Length ? BitConverter.ToInt32(content, at + 4) : 0;
            string shown = Mask.Word(word);
            if (word == 0 || shown == "" || semaphores.Any(start => start <= at && at < start + SemaphoreSize)) continue;
            bool isLong = Math.Abs((long)high) >> 24 != 0 && shown == $"{word}" && Mask.Word(high) == $"{high}";
            beyond.Add($"+{at}：{(isLong ? BitConverter.ToUInt64(content, at) : shown)}");
            if (isLong) at += 4;
        }

        if (beyond.Count > MostBeyond) beyond[MostBeyond] = "…";
        return new ObjectView(label, kind, isNamed, size, Convert.ToHexString(content.AsSpan(0, Math.Min(MostBytes, content.Length)).TrimEnd((byte)0)), sum, null, null)
        {
            Beyond = beyond.Count > 0 ? string.Join('，', beyond) : null,
        };
    }

    private static byte[] Read(int fd, long size)
    {
        byte[] content = new byte[Math.Clamp(size, 0, MostRead)];
        fixed (byte* start = content)
        {
            return pread(fd, start, (nuint)content.Length, 0) is var count && count < content.Length ? content[..(int)Math.Max(0, count)] : content;
        }
    }

    // 对象末尾之后、同一页里的字节：read 读不到，映射着的进程却读得到、写得进，所以也是状态。
    private static uint AfterEnd(int fd, long size, uint sum)
    {
        int page = getpagesize(), used = (int)(size % page);
        if (size <= 0 || used == 0) return sum;
        void* last = mmap(null, (nuint)page, PROT_READ, MAP_SHARED, fd, size - used);
        if (last == MAP_FAILED) return sum;
        var rest = new ReadOnlySpan<byte>((byte*)last + used, page - used);
        if (rest.ContainsAnyExcept((byte)0)) sum = Sum(rest, sum);
        munmap(last, (nuint)page);
        return sum;
    }

    /// <summary>内容的摘要，FNV-1a。</summary>
    public static uint Sum(ReadOnlySpan<byte> bytes, uint sum = 2166136261)
    {
        foreach (byte one in bytes) sum = (sum ^ one) * 16777619;
        return sum;
    }

    private static ulong? Inode(string path)
    {
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1) return null;
        ulong? inode = fstat(fd, out stat_t st) == 0 ? st.st_ino : null;
        close(fd);
        return inode;
    }

    private Thing? Find(string id) => _all.Find(t => t.Id == id);

    private string? Kind(string target) =>
        target.StartsWith(Shm + "sem.", StringComparison.Ordinal) ? "semaphore"
        : target.StartsWith(Shm, StringComparison.Ordinal) ? "object"
        : target.StartsWith("/memfd:", StringComparison.Ordinal) && !target.Contains("doublemapper") ? "memfd"
        : target.StartsWith("/SYSV", StringComparison.Ordinal) ? "segment"
        : target.StartsWith(files + "/", StringComparison.Ordinal) ? "file"
        : null;

    // 同一个文件系统里 inode 号才不重复：前面加上种类。
    private static string IdOf(string kind, ulong inode) => $"{kind switch { "memfd" => "m", "file" => "f", "segment" => "v", _ => "s" }}{inode}";

    private static bool SemaphoreLooksAsExpected()
    {
        long* room = stackalloc long[8];
        return sem_init((sem_t*)room, 1, 7) == 0 && room[0] == 7;
    }
}
