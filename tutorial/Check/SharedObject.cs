using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Check;

/// <summary>学生的进程共有的一个对象。检查器自己也打开它：看里面有什么，也可以换成别的值。</summary>
internal sealed unsafe class SharedObject : IDisposable
{
    private readonly int _fd;

    private SharedObject(int fd, ulong inode)
    {
        _fd = fd;
        Inode = inode;
    }

    /// <summary>inode 号。</summary>
    public ulong Inode { get; }

    /// <summary>凭名字还打得开；memfd 和已经 unlink 的打不开。</summary>
    public bool IsNamed => File.ResolveLinkTarget($"/proc/self/fd/{_fd}", returnFinalTarget: false) is { } target && !target.FullName.EndsWith(" (deleted)", StringComparison.Ordinal);

    /// <summary>大小，字节。</summary>
    public long Size => fstat(_fd, out stat_t st) == 0 ? st.st_size : -1;

    /// <summary>凭路径打开。</summary>
    /// <param name="path">/dev/shm 下的文件，或 /proc 下的描述符。</param>
    /// <returns>打不开、或不是普通文件时为 null。</returns>
    public static SharedObject? Open(string path)
    {
        int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        if (fd == -1) return null;
        if (fstat(fd, out stat_t st) == 0 && S_ISREG(st.st_mode)) return new SharedObject(fd, st.st_ino);
        close(fd);
        return null;
    }

    /// <summary>新建一个共享内存对象，已经存在就失败。</summary>
    /// <param name="name">名字，以斜杠开头。</param>
    /// <param name="size">大小，字节。</param>
    public static SharedObject Create(string name, long size)
    {
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) throw new IOException($"shm_open(\"{name}\"): {strerror(errno)}");
        if (ftruncate(fd, size) == 0 && fstat(fd, out stat_t st) == 0) return new SharedObject(fd, st.st_ino);
        Errno error = errno;
        close(fd);
        throw new IOException($"ftruncate(\"{name}\", {size}): {strerror(error)}");
    }

    /// <summary>新建一个有名信号量，已经存在就失败。</summary>
    /// <param name="name">名字，以斜杠开头。</param>
    /// <param name="value">初值。</param>
    public static sem_t* CreateSemaphore(string name, uint value)
    {
        sem_t* sem = sem_open(name, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, value);
        return sem == SEM_FAILED ? throw new IOException($"sem_open(\"{name}\"): {strerror(errno)}") : sem;
    }

    /// <summary>几个进程的描述符里的全部共享对象：memfd，和 /dev/shm 下的文件。</summary>
    /// <param name="peers">进程。</param>
    public static List<SharedObject> Of(params IEnumerable<Peer> peers)
    {
        var found = new List<SharedObject>();
        foreach ((string path, string target) in peers.SelectMany(peer => peer.Descriptors()))
        {
            bool ours = target.StartsWith("/memfd:", StringComparison.Ordinal) || target.StartsWith("/dev/shm/", StringComparison.Ordinal);
            if (!ours || target.Contains("doublemapper") || Open(path) is not { } opened) continue;
            if (found.Any(other => other.Inode == opened.Inode)) opened.Dispose();
            else found.Add(opened);
        }

        return found;
    }

    /// <summary>值等于 <paramref name="value"/> 的各个 int 的偏移，按 4 字节对齐找。</summary>
    public int[] Find(int value)
    {
        int[] ints = Ints();
        var found = new List<int>();
        for (int i = 0; i < ints.Length; i++)
        {
            if (ints[i] == value) found.Add(i * sizeof(int));
        }

        return [.. found];
    }

    /// <summary>全部内容，当作一个个 int。</summary>
    public int[] Ints() => [.. MemoryMarshal.Cast<byte, int>(Read())];

    /// <summary>全部内容，至多 1 MiB。</summary>
    public byte[] Read()
    {
        byte[] content = new byte[Math.Clamp(Size, 0, 1 << 20)];
        fixed (byte* start = content)
        {
            nint read = pread(_fd, start, (nuint)content.Length, 0);
            return read == content.Length ? content : content[..(int)Math.Max(0, read)];
        }
    }

    /// <summary>改写内容；经由 pwrite，所以只读的映射也照样看得到。</summary>
    /// <param name="offset">偏移，字节。</param>
    /// <param name="bytes">内容。</param>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            if (pwrite(_fd, start, (nuint)bytes.Length, offset) != bytes.Length) throw new IOException($"pwrite: {strerror(errno)}");
        }
    }

    /// <summary>改写一个 int。</summary>
    public void Write(long offset, int value) => Write(offset, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>把一个 int 的值都换成另一个。</summary>
    public void Replace(int value, int other)
    {
        foreach (int offset in Find(value)) Write(offset, other);
    }

    /// <summary>改大小。</summary>
    public void Resize(long size)
    {
        if (ftruncate(_fd, size) == -1) throw new IOException($"ftruncate: {strerror(errno)}");
    }

    public void Dispose() => close(_fd);
}
