using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>open</c>、<c>shm_open</c>、<c>sem_open</c> 的标志：常量 <c>O_*</c>。</summary>
[Flags]
public enum OpenFlags;

/// <summary><c>fcntl</c> 的操作：常量 <c>F_*</c>。</summary>
public enum FcntlCommand;

/// <summary>封住 memfd 的哪些改动：常量 <c>F_SEAL_*</c>。</summary>
[Flags]
public enum Seals;

public static unsafe partial class Libc
{
    /// <summary>只读。</summary>
    public const OpenFlags O_RDONLY = 0;

    /// <summary>只写。</summary>
    public const OpenFlags O_WRONLY = (OpenFlags)1;

    /// <summary>读写。</summary>
    public const OpenFlags O_RDWR = (OpenFlags)2;

    /// <summary>不存在就创建。</summary>
    public const OpenFlags O_CREAT = (OpenFlags)0x40;

    /// <summary>与 <c>O_CREAT</c> 合用：已经存在就失败，EEXIST。</summary>
    public const OpenFlags O_EXCL = (OpenFlags)0x80;

    /// <summary>把大小截为 0。</summary>
    public const OpenFlags O_TRUNC = (OpenFlags)0x200;

    /// <summary>不等待：打开 FIFO 时不等另一端，读写时不等数据。</summary>
    public const OpenFlags O_NONBLOCK = (OpenFlags)0x800;

    /// <summary>exec 时自动关闭。</summary>
    public const OpenFlags O_CLOEXEC = (OpenFlags)0x80000;

    /// <summary>加上封条；加上就去不掉。</summary>
    public const FcntlCommand F_ADD_SEALS = (FcntlCommand)1033;

    /// <summary>返回现有的封条。</summary>
    public const FcntlCommand F_GET_SEALS = (FcntlCommand)1034;

    /// <summary>不许再加封条。</summary>
    public const Seals F_SEAL_SEAL = (Seals)0x1;

    /// <summary>不许改小：映射着它的进程不会因此死于 SIGBUS。</summary>
    public const Seals F_SEAL_SHRINK = (Seals)0x2;

    /// <summary>不许改大。</summary>
    public const Seals F_SEAL_GROW = (Seals)0x4;

    /// <summary>谁也不许写；还有可写的共享映射时加不上，EBUSY。</summary>
    public const Seals F_SEAL_WRITE = (Seals)0x8;

    /// <summary>从此不许写，现有的可写映射照旧；Linux 5.1 起。</summary>
    public const Seals F_SEAL_FUTURE_WRITE = (Seals)0x10;

    private const FcntlCommand F_DUPFD_CLOEXEC = (FcntlCommand)1030;

    /// <summary>路径必须是目录，否则 ENOTDIR。</summary>
    /// <remarks>x64 与 arm64 的数值不同，用错了不报错，只是不起作用。</remarks>
    public static OpenFlags O_DIRECTORY => (OpenFlags)(IsArm64 ? 0x4000 : 0x10000);

    /// <summary>路径的最后一段是符号链接就失败，ELOOP。</summary>
    /// <remarks>x64 与 arm64 的数值不同，用错了不报错，只是不起作用。</remarks>
    public static OpenFlags O_NOFOLLOW => (OpenFlags)(IsArm64 ? 0x8000 : 0x20000);

    /// <summary>在目录里创建一个没有名字的文件，关闭就消失；要与 <c>O_RDWR</c> 或 <c>O_WRONLY</c> 合用。</summary>
    /// <remarks>含有 <see cref="O_DIRECTORY"/>，所以 x64 与 arm64 的数值也不同。
    /// 文件系统不支持时是 EOPNOTSUPP。</remarks>
    public static OpenFlags O_TMPFILE => (OpenFlags)0x400000 | O_DIRECTORY;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>打开文件。</summary>
    /// <param name="path">路径。</param>
    /// <param name="flags"><c>O_*</c> 的组合，<c>O_RDONLY</c>、<c>O_WRONLY</c>、<c>O_RDWR</c> 三者取一。</param>
    /// <param name="mode">创建文件的权限位，实际值要去掉 umask；没有 <c>O_CREAT</c> 时不起作用。</param>
    /// <returns>描述符；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 常见 errno：ENOENT、EACCES、EEXIST、EISDIR、ELOOP、ENOTDIR、EMFILE、EINTR。
    /// C 的原型是可变参数 <c>open(path, flags, ...)</c>，这里声明成三个固定参数。Linux 上两者一致：
    /// x64 的可变参数与固定参数走同样的寄存器，多出的约定只是 AL 里放浮点参数个数的上限，而 open 不取浮点参数；
    /// arm64 Linux（AAPCS64）的可变参数也走同样的寄存器。macOS 的 arm64 不是这样。
    /// 来源：open(2)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string path, OpenFlags flags, Mode mode = 0);

    /// <summary>保证文件的一段已经分到空间，必要时加大文件。</summary>
    /// <param name="fd">可写的描述符。</param>
    /// <param name="offset">起点，字节。</param>
    /// <param name="len">长度，字节，大于 0。</param>
    /// <returns>0；失败时<b>直接返回</b>错误编号，不设 errno。</returns>
    /// <remarks>
    /// <c>ftruncate</c> 只改大小，tmpfs 与磁盘文件到第一次写入才分配空间；那时满了，写内存的进程收到 SIGBUS。
    /// 先调用它，满了就得到 ENOSPC。写时复制的文件系统（btrfs、ZFS）改写时要另外分配，那里它不是承诺。
    /// 常见错误：ENOSPC、EFBIG、EBADF、EINVAL、ENODEV。
    /// 来源：posix_fallocate(3)。
    /// </remarks>
    public static Errno posix_fallocate(int fd, long offset, long len)
    {
        Errno error;
        do
        {
            error = (Errno)fallocate_once(fd, offset, len);
        }
        while (error == EINTR);
        return error;
    }

    /// <summary>给 memfd 加封条（<see cref="F_ADD_SEALS"/>），或问它有哪些（<see cref="F_GET_SEALS"/>）。</summary>
    /// <param name="fd">描述符；加封条要可写的。</param>
    /// <param name="cmd"><c>F_*</c>。</param>
    /// <param name="arg">要加的封条；问的时候不起作用。</param>
    /// <returns>加：0；问：现有的封条，是 <see cref="Seals"/> 的值；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// C 的原型是可变参数，这里声明成固定参数，理由同 <see cref="open"/>。
    /// 常见 errno：EINVAL（这种文件没有封条，例如磁盘上的）、EPERM（已经有 <see cref="F_SEAL_SEAL"/>，
    /// 或描述符不可写）、EBUSY（要加 <see cref="F_SEAL_WRITE"/>，还有可写的共享映射）。
    /// 来源：fcntl(2)、F_GET_SEALS(2const)、memfd_create(2)。
    /// </remarks>
    public static int fcntl(int fd, FcntlCommand cmd, Seals arg = 0) => fcntl(fd, cmd, (int)arg);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int fallocate_once(int fd, long offset, long len);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, FcntlCommand command, int argument);
}
