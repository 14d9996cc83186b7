using System.Globalization;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>两块没有名字的共享内存，C# 与 C 都映射它们：同一批物理页，缓存和内存的远近对两边相同。</summary>
internal sealed unsafe class Arena : IDisposable
{
    private readonly int _shared = Create(Environment.SystemPageSize);
    private readonly int _bulk;

    /// <param name="bulk">大块的多少字节；各方只在用到时映射它。</param>
    public Arena(long bulk)
    {
        _bulk = Create(bulk);

        // 信号量只初始化一次，两种语言的各个进程都用它。
        var start = (byte*)mmap(null, 512, PROT_READ | PROT_WRITE, MAP_SHARED, _shared, 0);
        if (start == MAP_FAILED || sem_init((sem_t*)(start + Worker.PingOffset), 1, 0) == -1 || sem_init((sem_t*)(start + Worker.PongOffset), 1, 0) == -1)
            throw new InvalidOperationException($"mmap/sem_init: {strerrorname_np(errno)}");
        munmap(start, 512);
    }

    public string Shared => Path(_shared);

    public string Bulk => Path(_bulk);

    public void Dispose()
    {
        close(_shared);
        close(_bulk);
    }

    private static string Path(int fd) => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{fd}");

    private static int Create(long size)
    {
        int fd = memfd_create("arena", MFD_CLOEXEC);
        return fd == -1 || ftruncate(fd, size) == -1 ? throw new InvalidOperationException($"memfd_create/ftruncate: {strerrorname_np(errno)}") : fd;
    }
}
