using static Posix.Libc;

namespace Engine;

/// <summary>台上的进程共享的东西有哪些：/dev/shm 里的名字、没有名字的 memfd、临时目录里的文件、System V 的段。</summary>
/// <param name="name">这一次的对象的名字，不含斜线。</param>
/// <param name="files">内存映射文件放在里面的目录。</param>
internal sealed class SharedThings(string name, string files, Mask mask) : IDisposable
{
    // 种类，路径怎样开头，给读者看的名字怎样开头：写成 shm_open、sem_open 的样子。段没有路径，映射里才有。
    private readonly (string Kind, string Path, string Shown)[] _kinds =
    [
        ("semaphore", "/dev/shm/sem.", "/"), ("object", "/dev/shm/", "/"), ("memfd", "/memfd:", "memfd:"), ("segment", "/SYSV", ""), ("file", files + "/", files + "/"),
    ];

    private readonly List<Thing> _all = [];

    /// <summary>临时目录里不是文件的名字：套接字。</summary>
    public string Sockets => string.Join(',', Files.Where(path => Hold(path, path) == null).Order(StringComparer.Ordinal).Select(path => mask.Of(path)));

    /// <summary>属主和权限。</summary>
    public string Modes => string.Join(',', _all.Select(thing => fstat(thing.Fd, out stat_t st) == 0 ? $"{thing.Label} {st.st_mode} {st.st_uid}" : "").Order(StringComparer.Ordinal));

    private string[] Files => Directory.Exists(files) ? Directory.GetFiles(files) : [];

    /// <summary>再看一遍哪些名字还在。</summary>
    public void LookForNames(IEnumerable<Map> mapped)
    {
        foreach (Thing thing in _all) thing.IsNamed = false;

        // /dev/shm 与别人共用时，只看这一次的名字，和台上的进程打开过的：信号量打开之后只有映射，映射里的名字是 glibc 临时取的，所以比 inode 号。
        HashSet<string?>? ours = Arena.IsPrivate ? null : [.. mapped.Select(IdOf), .. _all.Select(t => t.Id)];
        foreach (string path in Directory.GetFiles("/dev/shm").Concat(Files))
        {
            if (Hold(path, path) is not { } thing) continue;
            bool isGiven = path.Contains(name, StringComparison.Ordinal) || path.StartsWith(files, StringComparison.Ordinal);
            thing.IsNamed = ours == null || isGiven || ours.Contains(thing.Id);

            // 别人的马上放开：还拿着，下一次看它就像是我们的了。
            if (!thing.IsNamed) Drop(thing);
            else if (ours != null) Shm.NoteOwn(path);
        }

        foreach ((int id, bool isNamed, Func<byte[]> read) in SystemV.Segments())
        {
            string key = IdOf("segment", (ulong)id);
            (Find(key) ?? Add(new Thing(key, "segment", SystemV.Segment, -1, read))).IsNamed = isNamed;
        }
    }

    /// <summary>一个名字或描述符：是共享的东西，就也打开它。</summary>
    /// <param name="path">打开它用的路径。</param>
    /// <param name="target">它指着什么。</param>
    /// <returns>是哪一个；不是共享的东西为 null。</returns>
    public Thing? Hold(string path, string target)
    {
        if (KindOf(target) is not (var kind, var start, var shown)) return null;

        // 启动的进程只得到给它的描述符；这一个带 O_CLOEXEC。
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1) return null;
        string? id = fstat(fd, out stat_t st) == 0 && S_ISREG(st.st_mode) ? IdOf(kind, st.st_ino) : null;
        Thing? thing = id == null ? null : Find(id) ?? Add(new Thing(id, kind, mask.Of(shown + target[start.Length..].Replace(" (deleted)", "")), fd));
        if (thing?.Fd != fd) close(fd);
        return thing;
    }

    /// <summary>一段映射属于共享的东西。</summary>
    public bool IsOne(Map map) => map.File != "" && KindOf(map.File) != null;

    /// <summary>一段映射是哪一个的；不是共享的东西为 null。没有看到过它打开，就不知道怎样称呼。</summary>
    public Thing? Of(Map map) => IdOf(map) is { } id ? Find(id) ?? new Thing(id, KindOf(map.File)!.Value.Kind, "？", -1) : null;

    /// <summary>没有名字、也没有进程拿着的，已经不存在了；同名的先后有几个时，后面加序号。</summary>
    public void Forget(HashSet<Thing> held)
    {
        _all.Where(t => !t.IsNamed && !held.Contains(t)).ToList().ForEach(Drop);
        foreach (IGrouping<string, Thing> same in _all.GroupBy(t => t.Name))
        {
            foreach ((int i, Thing thing) in same.Index()) thing.Label = i == 0 ? thing.Name : $"{thing.Name}（第 {i + 1} 个）";
        }
    }

    public IEnumerable<ObjectView> Views() => _all.SelectMany(thing => thing.Views(mask)).Concat(SystemV.Semaphores());

    public void Dispose() => _all.ForEach(t => close(t.Fd));

    private void Drop(Thing thing)
    {
        close(thing.Fd);
        _all.Remove(thing);
    }

    private Thing Add(Thing thing)
    {
        _all.Add(thing);
        return thing;
    }

    private Thing? Find(string id) => _all.Find(t => t.Id == id);

    private (string Kind, string Path, string Shown)? KindOf(string target) =>
        Array.FindIndex(_kinds, kind => target.StartsWith(kind.Path, StringComparison.Ordinal)) is >= 0 and var at ? _kinds[at] : null;

    private string? IdOf(Map map) => KindOf(map.File) is (var kind, _, _) ? IdOf(kind, map.Inode) : null;

    // 同一个文件系统里 inode 号才不重复，前面加上是哪一个；段的映射，inode 号就是段的编号。
    private static string IdOf(string kind, ulong inode) => $"{(kind is "semaphore" ? "object" : kind)} {inode}";
}
