using System.Runtime.InteropServices;

namespace Posix;

/// <summary>文件的类型与权限位：常量 <c>S_*</c>。</summary>
[Flags]
public enum Mode : uint;

public static unsafe partial class Libc
{
    /// <summary>属主可读，0400。</summary>
    public const Mode S_IRUSR = (Mode)0x100;

    /// <summary>属主可写，0200。C# 没有八进制字面量，0600 写作 <c>S_IRUSR | S_IWUSR</c>。</summary>
    public const Mode S_IWUSR = (Mode)0x80;

    /// <summary>同组可读，0040。</summary>
    public const Mode S_IRGRP = (Mode)0x20;

    /// <summary>同组可写，0020。</summary>
    public const Mode S_IWGRP = (Mode)0x10;

    /// <summary>其他人可读，0004。</summary>
    public const Mode S_IROTH = (Mode)0x4;

    /// <summary>其他人可写，0002。</summary>
    public const Mode S_IWOTH = (Mode)0x2;

    /// <summary>同组可读、可写、可执行，0070。</summary>
    public const Mode S_IRWXG = (Mode)0x38;

    /// <summary>其他人可读、可写、可执行，0007。</summary>
    public const Mode S_IRWXO = (Mode)0x7;

    /// <summary>文件的元数据，取常用的几项；字段名同 C 的 struct stat。</summary>
    public struct stat_t
    {
        /// <summary>文件所在的文件系统的设备号。</summary>
        public ulong st_dev;

        /// <summary>inode 号：设备号和它都相同，就是同一个文件。</summary>
        public ulong st_ino;

        /// <summary>类型与权限位。</summary>
        public Mode st_mode;

        /// <summary>有几个名字；0 是名字都删除了，只有打开它、映射它的进程还用得着。</summary>
        public ulong st_nlink;

        /// <summary>属主的用户编号。</summary>
        public uint st_uid;

        /// <summary>大小，字节。</summary>
        public long st_size;

        /// <summary>实际占用的块数，每块 512 字节。</summary>
        public long st_blocks;
    }

    /// <summary>读取 fd 所指文件的元数据。</summary>
    /// <param name="fd">描述符。</param>
    /// <param name="st">结果；失败时全为 0。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// struct stat 的布局在 x64（144 字节）与 arm64（128 字节）上不同，这里按当前架构取字段。
    /// 常见 errno：EBADF。来源：fstat(2)、stat(3type)。
    /// </remarks>
    public static int fstat(int fd, out stat_t st)
    {
        byte* raw = stackalloc byte[256];
        st = default;
        if (fstat_raw(fd, raw) == -1)
        {
            return -1;
        }

        st.st_dev = *(ulong*)raw;
        st.st_ino = *(ulong*)(raw + 8);
        st.st_mode = *(Mode*)(raw + (IsArm64 ? 16 : 24));
        st.st_nlink = IsArm64 ? *(uint*)(raw + 20) : *(ulong*)(raw + 16);
        st.st_uid = *(uint*)(raw + (IsArm64 ? 24 : 28));
        st.st_size = *(long*)(raw + 48);
        st.st_blocks = *(long*)(raw + 64);
        return 0;
    }

    /// <summary>是不是普通文件。</summary>
    /// <param name="mode"><see cref="stat_t.st_mode"/>。</param>
    /// <returns>普通文件为 true，共享内存对象和 memfd 也是；目录、FIFO、设备为 false。</returns>
    /// <remarks>来源：inode(7)。</remarks>
    public static bool S_ISREG(Mode mode) => ((uint)mode & 0xF000) == 0x8000;

    /// <summary>是不是管道（有名的 FIFO 也算）。</summary>
    /// <param name="mode"><see cref="stat_t.st_mode"/>。</param>
    /// <returns>管道为 true。</returns>
    /// <remarks>来源：inode(7)。</remarks>
    public static bool S_ISFIFO(Mode mode) => ((uint)mode & 0xF000) == 0x1000;

    /// <summary>设置创建文件时要去掉的权限位。</summary>
    /// <param name="mask">要去掉的权限位。</param>
    /// <returns>原来的 umask，不会失败。</returns>
    /// <remarks>整个进程共用一个，所有线程都受影响。来源：umask(2)。</remarks>
    [LibraryImport("libc")]
    public static partial Mode umask(Mode mask);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int fstat_raw(int fd, byte* st);
}
