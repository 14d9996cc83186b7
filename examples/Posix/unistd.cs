using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>关闭描述符。已经建好的映射不受影响。</summary>
    /// <param name="fd">描述符。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EBADF。EINTR 时描述符在 Linux 上也已经关闭，不要重试。来源：close(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int fd);

    /// <summary>把文件或共享内存对象的大小改成 <paramref name="length"/>，加大的部分读出来是 0。</summary>
    /// <param name="fd">可写的描述符。</param>
    /// <param name="length">新的大小，字节。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 只改大小，不分配空间，见 <see cref="posix_fallocate"/>。
    /// 常见 errno：EINVAL（长度为负，或不是普通文件）、EBADF、EFBIG。来源：ftruncate(2)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int ftruncate(int fd, long length);

    /// <summary>本进程的编号。</summary>
    /// <returns>进程编号，不会失败。</returns>
    /// <remarks>来源：getpid(2)。</remarks>
    [LibraryImport("libc")]
    public static partial int getpid();
}
