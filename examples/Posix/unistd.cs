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

    /// <summary>父进程的编号；父进程已经结束时，是接管它的进程（通常是 1）。</summary>
    /// <returns>进程编号，不会失败。</returns>
    /// <remarks>来源：getppid(2)。</remarks>
    [LibraryImport("libc")]
    public static partial int getppid();

    /// <summary>有效用户编号：打开文件时按它检查权限，创建的文件归它所有。</summary>
    /// <returns>用户编号，不会失败。</returns>
    /// <remarks>来源：geteuid(2)。</remarks>
    [LibraryImport("libc")]
    public static partial uint geteuid();

    /// <summary>从描述符读，一次可能读不满。</summary>
    /// <param name="fd">描述符。</param>
    /// <param name="buf">放到哪里。</param>
    /// <param name="count">至多读多少字节。</param>
    /// <returns>读到的字节数，0 是文件或管道的结尾；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EBADF、EFAULT（地址不可写）、EAGAIN、EISDIR。来源：read(2)。</remarks>
    public static nint read(int fd, void* buf, nuint count)
    {
        nint result;
        do
        {
            result = read_once(fd, buf, count);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>往描述符写，一次可能写不完。</summary>
    /// <param name="fd">描述符。</param>
    /// <param name="buf">从哪里取。</param>
    /// <param name="count">写多少字节。</param>
    /// <returns>写出的字节数；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EBADF、EFAULT（地址不可读）、ENOSPC、EPIPE。来源：write(2)。</remarks>
    public static nint write(int fd, void* buf, nuint count)
    {
        nint result;
        do
        {
            result = write_once(fd, buf, count);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>从文件的给定位置读，不移动文件偏移。</summary>
    /// <param name="fd">描述符。</param>
    /// <param name="buf">放到哪里。</param>
    /// <param name="count">至多读多少字节。</param>
    /// <param name="offset">文件内的起点，字节。</param>
    /// <returns>读到的字节数，0 是文件结尾；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EBADF、EFAULT、ESPIPE（管道）。来源：pread(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pread(int fd, void* buf, nuint count, long offset);

    /// <summary>往文件的给定位置写，不移动文件偏移。</summary>
    /// <param name="fd">描述符。</param>
    /// <param name="buf">从哪里取。</param>
    /// <param name="count">写多少字节。</param>
    /// <param name="offset">文件内的起点，字节。</param>
    /// <returns>写出的字节数；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EBADF、EFAULT、ENOSPC、ESPIPE（管道）。来源：pwrite(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwrite(int fd, void* buf, nuint count, long offset);

    /// <summary>创建管道。</summary>
    /// <param name="pipefd">两个描述符：[0] 读，[1] 写。</param>
    /// <param name="flags">0，或 <c>O_CLOEXEC</c>、<c>O_NONBLOCK</c>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EMFILE、ENFILE。来源：pipe(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int pipe2(int* pipefd, OpenFlags flags);

    /// <summary>删除文件的名字；打开着的描述符和映射不受影响。</summary>
    /// <param name="path">路径。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ENOENT、EACCES、EISDIR。来源：unlink(2)。</remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int unlink(string path);

    /// <summary>页的大小，字节。x64 上是 4096，arm64 上可以是 4096、16384 或 65536。</summary>
    /// <returns>页的大小，不会失败。</returns>
    /// <remarks>来源：getpagesize(2)。</remarks>
    [LibraryImport("libc")]
    public static partial int getpagesize();

    /// <summary>让本进程离开原来的会话，自成一个会话，也自成一个进程组，编号就是自己的进程编号。</summary>
    /// <returns>会话编号；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>从此没有控制终端，终端上的 Ctrl+C 与断开都到不了它。
    /// 常见 errno：EPERM（已经是进程组的组长）。来源：setsid(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsid();

    /// <summary>立刻结束进程：不冲刷 stdio 缓冲，不做 .NET 的收尾。</summary>
    /// <param name="status">退出码，0 到 255。</param>
    /// <remarks>来源：_exit(2)。</remarks>
    [LibraryImport("libc")]
    public static partial void _exit(int status);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint read_once(int fd, void* buf, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint write_once(int fd, void* buf, nuint count);
}
