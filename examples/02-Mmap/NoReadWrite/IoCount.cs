using System.Buffers.Text;
using Posix;
using static Posix.Libc;

/// <summary>系统调用的次数：/proc/self/io 的 syscr（read 一类）与 syscw（write 一类），本进程全部线程合计。</summary>
internal readonly record struct IoCount(long Reads, long Writes) : IComparable<IoCount>
{
    private static int _fd;

    /// <summary>看一次计数器使它自己增加多少，量出来的。</summary>
    public static IoCount Cost { get; private set; }

    /// <summary>打开计数器，量出看一次的代价。</summary>
    /// <returns>0；打不开时是错误编号。</returns>
    public static Errno Open()
    {
        _fd = open("/proc/self/io", O_RDONLY | O_CLOEXEC);
        if (_fd == -1) return errno;

        // 量几次取最少的：第一次，.NET 自己要读文件来找到 pread。
        Cost = new IoCount(long.MaxValue / 2, long.MaxValue / 2);
        for (int i = 0; i < 5; i++)
        {
            IoCount before = Now(), cost = Now() - before;
            if (cost.CompareTo(Cost) < 0) Cost = cost;
        }

        return 0;
    }

    /// <summary>现在的计数。不分配内存：垃圾回收会去读 /sys 里的内存限额。</summary>
    public static unsafe IoCount Now()
    {
        byte* text = stackalloc byte[1024];
        nint length = pread(_fd, text, 1024, 0);
        Errno error = errno;
        if (length <= 0) throw new InvalidOperationException($"pread(\"/proc/self/io\"): {strerrorname_np(error)} ({strerror(error)})");
        var lines = new ReadOnlySpan<byte>(text, (int)length);
        return new IoCount(Value(lines, "syscr: "u8), Value(lines, "syscw: "u8));
    }

    /// <summary>从 <paramref name="before"/> 到现在的次数，看计数器的代价已减去。</summary>
    /// <param name="before">开始时的计数。</param>
    public static IoCount Since(IoCount before) => Now() - before - Cost;

    /// <summary>谁的总次数少谁在前。</summary>
    /// <param name="other">另一轮。</param>
    public int CompareTo(IoCount other) => (Reads + Writes).CompareTo(other.Reads + other.Writes);

    public static IoCount operator -(IoCount a, IoCount b) => new(a.Reads - b.Reads, a.Writes - b.Writes);

    public override string ToString() => $"read {Reads} 次、write {Writes} 次";

    private static long Value(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> field) =>
        Utf8Parser.TryParse(lines[(lines.IndexOf(field) + field.Length)..], out long value, out _) ? value : -1;
}
