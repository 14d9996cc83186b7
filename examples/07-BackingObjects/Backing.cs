using Posix;
using static Posix.Libc;
using Proc = Examples.Proc;

/// <summary>一块共享内存和它的来历。</summary>
/// <param name="id">文章语句的编号。</param>
/// <param name="what">怎样得来。</param>
/// <param name="name">预期在 /proc/self/maps 里的名字。</param>
/// <param name="fd">描述符；匿名映射没有，是 -1。</param>
/// <param name="flags">映射的类型。</param>
/// <param name="account">驻留内存预期记在哪一项：RssFile 或 RssShmem。</param>
internal sealed unsafe class Backing(string id, string what, string name, int fd, MapFlags flags, string account)
{
    public string Id => id;

    public string What => what;

    public string Name => name;

    public int Fd => fd;

    public MapFlags Flags => flags;

    public string Account => account;

    /// <summary>映射的起始地址。</summary>
    public void* Memory { get; set; }

    /// <summary>/proc/self/maps 里的名字。</summary>
    public string NameInMaps => Fields.ElementAtOrDefault(5) ?? "没有名字";

    /// <summary>/proc/self/maps 里的设备号，即所在文件系统的编号。</summary>
    public string Device => Fields[3];

    /// <summary>不再使用：删除映射，关闭描述符。</summary>
    /// <param name="length">映射的长度，字节。</param>
    public void Release(nuint length)
    {
        munmap(Memory, length);
        if (Fd != -1) close(Fd);
    }

    // 一行依次是：地址 权限 偏移 设备 inode 名字；名字里可以有空格。
    private string[] Fields =>
        (Proc.Mapping(Memory) ?? "- - - - - 没有这个映射").Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>内核给本进程记的三本账，KiB。</summary>
/// <param name="RssFile">驻留的文件页。</param>
/// <param name="RssShmem">驻留的 tmpfs 页。</param>
/// <param name="Disk">因本进程弄脏页而要写到磁盘的量。</param>
internal readonly record struct Accounts(long RssFile, long RssShmem, long Disk)
{
    public static Accounts Now =>
        new(Proc.Field("status", "RssFile"), Proc.Field("status", "RssShmem"), Proc.Field("io", "write_bytes") / 1024);

    public static Accounts operator -(Accounts a, Accounts b) => new(a.RssFile - b.RssFile, a.RssShmem - b.RssShmem, a.Disk - b.Disk);

    /// <summary>存入的量是不是记在预期的那一项，而不是另一项；.NET 自己的增减、内核计数的滞后，都到不了四分之一。</summary>
    /// <param name="account">预期的那一项。</param>
    /// <param name="stored">存入的量，KiB。</param>
    public bool Counted(string account, long stored)
    {
        (long here, long there) = account == nameof(RssFile) ? (RssFile, RssShmem) : (RssShmem, RssFile);
        return here >= stored * 3 / 4 && there < stored / 4;
    }

    public override string ToString() => $"RssFile {RssFile:+0;-0;+0}、RssShmem {RssShmem:+0;-0;+0}";
}
