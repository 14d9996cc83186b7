namespace Check;

/// <summary>学生的进程共有的一个对象。检查器自己也打开它：看里面有什么，也可以换成别的值。</summary>
internal sealed class SharedObject(SafeFileHandle file) : IDisposable
{
    /// <summary>凭名字还打得开；memfd 和已经 unlink 的打不开。</summary>
    public bool IsNamed => Stat.st_nlink > 0;
    public long Size => Stat.st_size;
    public UnixFileMode Mode => File.GetUnixFileMode(file);
    public byte[] Bytes => new byte[Math.Min(Size, 1 << 20)] is var content ? content[..RandomAccess.Read(file, content, 0)] : [];
    public int[] Ints => [.. MemoryMarshal.Cast<byte, int>(Bytes)];
    private stat_t Stat => fstat((int)file.DangerousGetHandle(), out stat_t st) == 0 ? st : throw new IOException($"fstat: {strerror(errno)}");
    /// <summary>描述符、映射指着的，是进程之间共有的东西；也可以是临时文件。</summary>
    public static bool IsShared(string target) => Regex.IsMatch(target, "^/memfd:(?!doublemapper)|^/dev/shm/") || target.StartsWith(Arena.Temp + "/tmp/", StringComparison.Ordinal);

    /// <summary>凭路径打开：/dev/shm 下的文件，或 /proc 下的描述符。</summary>
    public static SharedObject? Open(string path)
    {
        // 不用 File.OpenHandle：它会 flock，挡住学生的锁。
        int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        SharedObject? opened = fd == -1 ? null : new(new SafeFileHandle(fd, ownsHandle: true));
        if (opened == null || S_ISREG(opened.Stat.st_mode)) return opened;
        opened.Dispose();
        return null;
    }

    /// <summary>创建一个共享内存对象，谁都能读，名字要是没有用过的。</summary>
    public static SharedObject Create(string name, params int[] content)
    {
        File.WriteAllBytes("/dev/shm" + name, MemoryMarshal.AsBytes<int>(content));
        return Open("/dev/shm" + name)!;
    }

    /// <summary>几个进程的描述符、映射里的全部共享对象：memfd、/dev/shm 下的和临时的文件；同一个对象只有一遍。</summary>
    public static List<SharedObject> Of(IEnumerable<Peer> peers) =>
        [.. peers.SelectMany(peer => peer.Descriptors().Select(d => (d.Target, d.Path)).Concat(peer.Mappings().Select(m => (m.File, m.File)))).Where(one => IsShared(one.Item1)).Select(one => Open(one.Item2)).OfType<SharedObject>().GroupBy(one => (one.Stat.st_dev, one.Stat.st_ino))
            .Select(same => { foreach (SharedObject again in same.Skip(1)) again.Dispose(); return same.First(); })];

    public bool IsStill(int content) => IsNamed && Ints is [var now] && now == content;
    public bool Holds(int value) => Ints.Contains(value);
    public int Find(byte[] content) => Bytes.AsSpan().IndexOf(content);
    /// <summary>改写内容；经由 pwrite，所以只读的映射也照样看得到。</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(file, bytes, offset);

    public void Replace(int value, int other)
    {
        for (int at; (at = Array.IndexOf(Ints, value)) >= 0;) Write(at * sizeof(int), BitConverter.GetBytes(other));
    }

    public void Dispose() => file.Dispose();
}
