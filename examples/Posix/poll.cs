using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>poll</c> 等待的和发生的事：常量 <c>POLL*</c>。</summary>
[Flags]
public enum PollEvents : short;

public static unsafe partial class Libc
{
    /// <summary>有数据可读。</summary>
    public const PollEvents POLLIN = (PollEvents)0x1;

    /// <summary>要等的一个描述符。</summary>
    public struct pollfd_t
    {
        /// <summary>描述符。</summary>
        public int fd;

        /// <summary>等什么。</summary>
        public PollEvents events;

        /// <summary>发生了什么。</summary>
        public PollEvents revents;
    }

    /// <summary>等任意一个描述符就绪，至多等这么久。</summary>
    /// <param name="fds">要等的描述符。</param>
    /// <param name="nfds">个数。</param>
    /// <param name="timeout">毫秒；0 不等，-1 一直等。</param>
    /// <returns>就绪的个数，0 是到时；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINTR（被信号打断，剩下的时间由调用者计算）、EINVAL。来源：poll(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(pollfd_t* fds, nuint nfds, int timeout);
}
