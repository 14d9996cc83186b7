using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>tmpfs 的 <see cref="statfs_t.f_type"/>（linux/magic.h）。</summary>
    public const long TMPFS_MAGIC = 0x01021994;

    /// <summary>文件系统的信息；布局在 x64 与 arm64 上相同，120 字节。</summary>
    [StructLayout(LayoutKind.Sequential, Size = 120)]
    public struct statfs_t
    {
        /// <summary>文件系统的种类。</summary>
        public long f_type;

        /// <summary>块的大小，字节。</summary>
        public long f_bsize;

        /// <summary>总块数。</summary>
        public ulong f_blocks;

        /// <summary>空闲块数。</summary>
        public ulong f_bfree;

        /// <summary>普通用户可用的块数。</summary>
        public ulong f_bavail;
    }

    /// <summary>读取 fd 所在文件系统的信息。</summary>
    /// <param name="fd">描述符。</param>
    /// <param name="buf">结果。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EBADF。来源：statfs(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fstatfs(int fd, out statfs_t buf);
}
