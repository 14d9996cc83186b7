namespace Engine;

/// <summary>/dev/shm 里哪些名字是学生的程序留下的。</summary>
internal static class Shm
{
    private const string Folder = "/dev/shm";

    private static readonly HashSet<string> Opened = [];

    /// <summary>一开始就有的名字：不是我们的。</summary>
    public static HashSet<string> AtStart { get; } = Look();

    public static HashSet<string> Look() => [.. Directory.GetFileSystemEntries(Folder)];

    /// <summary>记下这些进程打开过、映射过的名字：/dev/shm 与别人共用时，只有这些才敢说是它们的。</summary>
    public static void Note(IEnumerable<Peer> peers, HashSet<string> seen) => seen.UnionWith(
        from peer in peers
        from file in peer.Mappings().Select(map => map.File).Concat(peer.Descriptors().Select(d => d.Target))
        where file.StartsWith(Folder, StringComparison.Ordinal)
        select file);

    /// <summary>一个舞台上的程序打开过的名字；一开始没有的，收尾时删掉。</summary>
    public static void NoteOwn(string path)
    {
        lock (Opened) Opened.Add(path);
    }

    /// <summary>自己的 /dev/shm 全删掉；与别人共用的，删掉我们给的名字，学生的程序照着创建的，和台上的程序自己取的。</summary>
    public static void RemoveOwn()
    {
        bool IsOwn(string entry) => Arena.IsPrivate || entry.Contains(Sandbox.Token) || (Opened.Contains(entry) && !AtStart.Contains(entry));
        lock (Opened) Array.ForEach([.. Directory.GetFileSystemEntries(Folder).Where(IsOwn)], Sandbox.Remove);
    }

    /// <summary>删掉运行之后多出来的名字，写成 shm_open、sem_open 的样子返回；<paramref name="seen"/> 是学生的进程用过的。</summary>
    public static string[] Clean(HashSet<string> before, HashSet<string> seen)
    {
        var left = new List<string>();
        foreach (string entry in Directory.GetFileSystemEntries(Folder).Where(entry => !before.Contains(entry)))
        {
            if (!Sandbox.IsPrivate && !seen.Contains(entry) && !entry.Contains(Sandbox.Token)) continue;
            string name = Path.GetFileName(entry);
            left.Add(name.StartsWith("sem.", StringComparison.Ordinal) ? $"信号量 /{name[4..]}" : $"共享内存对象 /{name}");
            Sandbox.Remove(entry);
        }

        return [.. left];
    }
}
