using System.Runtime.InteropServices;

namespace Posix;

/// <summary>映射的保护：常量 <c>PROT_*</c>。</summary>
[Flags]
public enum Protection;

/// <summary>映射的类型：常量 <c>MAP_*</c>。</summary>
[Flags]
public enum MapFlags;

/// <summary><c>msync</c> 的标志：常量 <c>MS_*</c>。</summary>
[Flags]
public enum SyncFlags;

/// <summary><c>memfd_create</c> 的标志：常量 <c>MFD_*</c>。</summary>
[Flags]
public enum MemfdFlags : uint;

/// <summary><c>madvise</c> 的建议：常量 <c>MADV_*</c>，只取一个。</summary>
public enum Advice;

public static unsafe partial class Libc
{
    /// <summary>不可访问。</summary>
    public const Protection PROT_NONE = 0;

    /// <summary>可读。</summary>
    public const Protection PROT_READ = (Protection)1;

    /// <summary>可写。</summary>
    public const Protection PROT_WRITE = (Protection)2;

    /// <summary>可执行。</summary>
    public const Protection PROT_EXEC = (Protection)4;

    /// <summary>写入对共享同一对象的所有进程可见，并改变支撑对象。</summary>
    public const MapFlags MAP_SHARED = (MapFlags)0x01;

    /// <summary>写时复制：写入只有本进程看得到，支撑对象不变。</summary>
    public const MapFlags MAP_PRIVATE = (MapFlags)0x02;

    /// <summary>必须放在给定的地址，原来映射在那里的内容无声地消失。</summary>
    public const MapFlags MAP_FIXED = (MapFlags)0x10;

    /// <summary>没有文件，内容从 0 开始；可移植的写法是 fd 传 -1。</summary>
    public const MapFlags MAP_ANONYMOUS = (MapFlags)0x20;

    /// <summary>必须放在给定的地址，但那里已有映射就失败，EEXIST；Linux 4.17 起。</summary>
    public const MapFlags MAP_FIXED_NOREPLACE = (MapFlags)0x100000;

    /// <summary>异步写回：在今天的 Linux 上什么也不做，只检查参数。</summary>
    public const SyncFlags MS_ASYNC = (SyncFlags)1;

    /// <summary>使其他映射失效：Linux 上各映射本来就一致，只对锁住的页回答 EBUSY。</summary>
    public const SyncFlags MS_INVALIDATE = (SyncFlags)2;

    /// <summary>同步写回：写完才返回。</summary>
    public const SyncFlags MS_SYNC = (SyncFlags)4;

    /// <summary>exec 时自动关闭返回的描述符。</summary>
    public const MemfdFlags MFD_CLOEXEC = (MemfdFlags)1;

    /// <summary>之后可以加封条（<see cref="F_ADD_SEALS"/>）；不给它，一开始就封着 <see cref="F_SEAL_SEAL"/>。</summary>
    public const MemfdFlags MFD_ALLOW_SEALING = (MemfdFlags)2;

    /// <summary>暂时用不着，请换出：文件页写回文件，其他页写到交换区；Linux 5.4 起。</summary>
    public const Advice MADV_PAGEOUT = (Advice)21;

    /// <summary><c>mmap</c> 失败时的返回值，(void*)-1；不是 null。</summary>
    public static void* MAP_FAILED => (void*)-1;

    /// <summary>把 fd 所指对象的一段映射进本进程的地址空间。</summary>
    /// <param name="start">希望的地址；null 由内核选。没有 <c>MAP_FIXED</c> 时只是建议。</param>
    /// <param name="len">长度，字节，从 <paramref name="offset"/> 算起；0 是 EINVAL。</param>
    /// <param name="prot"><c>PROT_*</c> 的组合。</param>
    /// <param name="flags"><c>MAP_SHARED</c> 与 <c>MAP_PRIVATE</c> 取一，再加其他 <c>MAP_*</c>。</param>
    /// <param name="fd">描述符，映射之后可以立即关闭；<c>MAP_ANONYMOUS</c> 时传 -1。</param>
    /// <param name="offset">对象内的起点，字节，必须是页大小的整数倍。</param>
    /// <returns>映射的起始地址；失败为 <see cref="MAP_FAILED"/>，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 常见 errno：EINVAL（长度为 0，偏移没有对齐页）、EACCES（保护与描述符的打开方式不符）、
    /// EBADF、ENODEV（这种文件不能映射）、ENOMEM。
    /// 映射可以比对象大：超出最后一页的部分一访问就是 SIGBUS。来源：mmap(2)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial void* mmap(void* start, nuint len, Protection prot, MapFlags flags, int fd, long offset);

    /// <summary>解除映射。</summary>
    /// <param name="start">起始地址，页对齐，一般就是 <c>mmap</c> 的返回值。</param>
    /// <param name="len">长度，字节，按页向上取整。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（地址没有对齐页，长度为 0）。来源：munmap(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int munmap(void* start, nuint len);

    /// <summary>把映射里改过的页写回文件。</summary>
    /// <param name="start">起始地址，必须页对齐。</param>
    /// <param name="len">长度，字节，按页向上取整。</param>
    /// <param name="flags"><c>MS_SYNC</c> 与 <c>MS_ASYNC</c> 取一，可加 <c>MS_INVALIDATE</c>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 管的是掉电之后还在不在；别的进程不用等它，写入之后立刻看得到。
    /// 常见 errno：EINVAL（起点没有对齐页，<c>MS_SYNC</c> 与 <c>MS_ASYNC</c> 同时给）、
    /// EBUSY（<c>MS_INVALIDATE</c> 遇到锁住的页）、ENOMEM（那里没有映射）。来源：msync(2)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int msync(void* start, nuint len, SyncFlags flags);

    /// <summary>把页锁在内存里，不换出。</summary>
    /// <param name="start">起始地址。</param>
    /// <param name="len">长度，字节。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ENOMEM（超过 RLIMIT_MEMLOCK，或那里没有映射）、EPERM。来源：mlock(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int mlock(void* start, nuint len);

    /// <summary>解除 <see cref="mlock"/>。</summary>
    /// <param name="start">起始地址。</param>
    /// <param name="len">长度，字节。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ENOMEM（那里没有映射）。来源：mlock(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int munlock(void* start, nuint len);

    /// <summary>告诉内核打算怎样使用一段内存。</summary>
    /// <param name="addr">起始地址，必须页对齐。</param>
    /// <param name="length">长度，字节，按页向上取整。</param>
    /// <param name="advice"><c>MADV_*</c>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。成功也只是听到了，不保证照办。</returns>
    /// <remarks>常见 errno：EINVAL（地址没有对齐页，页被锁住，内核不认识这个建议）、ENOMEM（那里没有映射）。
    /// 来源：madvise(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int madvise(void* addr, nuint length, Advice advice);

    /// <summary>创建一个没有名字的内存文件：匿名共享内存，但有描述符，能穿过 exec 交给子进程。</summary>
    /// <param name="name">只用于显示，出现在 /proc/self/maps 的 <c>/memfd:名字 (deleted)</c> 里，可以重复。</param>
    /// <param name="flags"><c>MFD_*</c> 的组合，或 0。</param>
    /// <returns>描述符，大小为 0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（名字超过 249 字节，标志不对）、EMFILE、ENOMEM。来源：memfd_create(2)。</remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int memfd_create(string name, MemfdFlags flags);

    /// <summary>打开或创建共享内存对象；在 Linux 上就是 /dev/shm 下的一个文件。</summary>
    /// <param name="name">名字，形如 <c>/memmap</c>：至多 255 字节，除开头外没有斜杠；
    /// glibc 允许省去开头的斜杠。</param>
    /// <param name="oflag"><c>O_RDONLY</c> 与 <c>O_RDWR</c> 取一，可以再加 <c>O_CREAT</c>、<c>O_EXCL</c>、
    /// <c>O_TRUNC</c>。</param>
    /// <param name="mode">创建对象的权限位，实际值要去掉 umask；没有 <c>O_CREAT</c> 时传 0。</param>
    /// <returns>描述符，exec 时自动关闭；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 新对象大小为 0，先 <see cref="ftruncate"/> 才能用。libc 打开时自己加上 <c>O_NOFOLLOW</c>。
    /// 常见 errno：ENOENT、EEXIST、EACCES、EINVAL（名字不合规则）、ENAMETOOLONG、EMFILE。
    /// C 的原型就是三个固定参数，x64 与 arm64 上照写即可。来源：shm_open(3)、shm_overview(7)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int shm_open(string name, OpenFlags oflag, Mode mode);

    /// <summary>删除共享内存对象的名字；内存在最后一个描述符和最后一个映射消失时才归还。</summary>
    /// <param name="name">名字，规则同 <see cref="shm_open"/>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ENOENT、EACCES（别的用户的对象；glibc 把内核的 EPERM 换成它，musl 不换）。
    /// 来源：shm_open(3)。</remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int shm_unlink(string name);
}
