using System.Runtime.InteropServices;
using System.Text;

namespace Posix;

/// <summary>套接字的种类：常量 <c>SOCK_*</c>。</summary>
[Flags]
public enum SocketType;

/// <summary><c>sendmsg</c>、<c>recvmsg</c> 的标志：常量 <c>MSG_*</c>。</summary>
[Flags]
public enum MessageFlags;

public static unsafe partial class Libc
{
    /// <summary>本机套接字的地址族。</summary>
    public const int AF_UNIX = 1;

    /// <summary>字节流。</summary>
    public const SocketType SOCK_STREAM = (SocketType)1;

    /// <summary>exec 时自动关闭。</summary>
    public const SocketType SOCK_CLOEXEC = (SocketType)0x80000;

    /// <summary>控制消息的层：套接字本身。</summary>
    public const int SOL_SOCKET = 1;

    /// <summary>控制消息的种类：一组描述符。</summary>
    public const int SCM_RIGHTS = 1;

    /// <summary>放控制消息的地方不够，多出的丢了（多出的描述符已经关闭）。</summary>
    public const MessageFlags MSG_CTRUNC = (MessageFlags)0x8;

    /// <summary>对方已经关闭时得到 EPIPE，不发 SIGPIPE。</summary>
    public const MessageFlags MSG_NOSIGNAL = (MessageFlags)0x4000;

    /// <summary>收到的描述符带 <c>O_CLOEXEC</c>。</summary>
    public const MessageFlags MSG_CMSG_CLOEXEC = (MessageFlags)0x40000000;

    /// <summary>一段内存，<c>sys/uio.h</c>。</summary>
    public struct iovec_t
    {
        /// <summary>起始地址。</summary>
        public void* iov_base;

        /// <summary>长度，字节。</summary>
        public nuint iov_len;
    }

    /// <summary>一条消息：普通的字节，加上控制消息；布局在 x64 与 arm64 的 glibc 上相同，56 字节。</summary>
    public struct msghdr_t
    {
        /// <summary>对方的地址；已经连好的套接字给 null。</summary>
        public void* msg_name;

        /// <summary><see cref="msg_name"/> 的长度，字节。</summary>
        public uint msg_namelen;

        /// <summary>普通的字节在哪里。</summary>
        public iovec_t* msg_iov;

        /// <summary><see cref="msg_iov"/> 有几段。</summary>
        public nuint msg_iovlen;

        /// <summary>控制消息在哪里，按 8 字节对齐。</summary>
        public void* msg_control;

        /// <summary>控制消息的长度，字节；收到之后是实际的长度，0 是没有。</summary>
        public nuint msg_controllen;

        /// <summary>收到时由内核填写，例如 <see cref="MSG_CTRUNC"/>。</summary>
        public MessageFlags msg_flags;
    }

    /// <summary>控制消息的开头，16 字节；内容紧接着它。</summary>
    public struct cmsghdr_t
    {
        /// <summary>开头加内容的长度，字节，见 <see cref="CMSG_LEN"/>。</summary>
        public nuint cmsg_len;

        /// <summary>层，<see cref="SOL_SOCKET"/>。</summary>
        public int cmsg_level;

        /// <summary>种类，<see cref="SCM_RIGHTS"/>。</summary>
        public int cmsg_type;
    }

    /// <summary>内容有这么长，<see cref="cmsghdr_t.cmsg_len"/> 该是多少。</summary>
    /// <param name="length">内容的长度，字节。</param>
    /// <returns>字节数，不含末尾的对齐。</returns>
    /// <remarks>C 里是宏。来源：cmsg(3)。</remarks>
    public static nuint CMSG_LEN(nuint length) => (nuint)sizeof(cmsghdr_t) + length;

    /// <summary>内容有这么长，一条控制消息要占多大的地方。</summary>
    /// <param name="length">内容的长度，字节。</param>
    /// <returns>字节数，含末尾的对齐（8 字节）。</returns>
    /// <remarks>C 里是宏。来源：cmsg(3)。</remarks>
    public static nuint CMSG_SPACE(nuint length) => CMSG_LEN((length + 7) & ~(nuint)7);

    /// <summary>控制消息的内容在哪里。</summary>
    /// <param name="cmsg">控制消息的开头。</param>
    /// <returns>内容的地址。</returns>
    /// <remarks>C 里是宏。来源：cmsg(3)。</remarks>
    public static void* CMSG_DATA(cmsghdr_t* cmsg) => cmsg + 1;

    /// <summary>创建套接字。</summary>
    /// <param name="domain">地址族，<see cref="AF_UNIX"/>。</param>
    /// <param name="type"><c>SOCK_*</c> 的组合。</param>
    /// <param name="protocol">0。</param>
    /// <returns>描述符；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EMFILE、ENFILE、EAFNOSUPPORT。来源：socket(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int socket(int domain, SocketType type, int protocol);

    /// <summary>给 Unix 域套接字一个路径；路径下出现一个套接字文件，用完要 <see cref="unlink"/>。</summary>
    /// <param name="sockfd">套接字。</param>
    /// <param name="sun_path">路径，UTF-8 至多 107 字节。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>C 的参数是 struct sockaddr_un 与它的长度，这里只要路径。
    /// 常见 errno：EADDRINUSE、ENOENT、EACCES、ENAMETOOLONG（太长，由这里检查）。来源：bind(2)、unix(7)。</remarks>
    public static int bind(int sockfd, string sun_path) => at_path(&bind_raw, sockfd, sun_path);

    /// <summary>连到一个 Unix 域套接字。</summary>
    /// <param name="sockfd">套接字。</param>
    /// <param name="sun_path">对方 <see cref="bind"/> 的路径。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>参数同 <see cref="bind"/>。常见 errno：ENOENT、ECONNREFUSED（没有人在等）、EACCES、ENAMETOOLONG。
    /// 来源：connect(2)、unix(7)。</remarks>
    public static int connect(int sockfd, string sun_path) => at_path(&connect_raw, sockfd, sun_path);

    /// <summary>开始等别人来连。</summary>
    /// <param name="sockfd">已经有路径的套接字。</param>
    /// <param name="backlog">连上了、还没有 <see cref="accept4"/> 的至多几个。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（没有路径）。来源：listen(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int listen(int sockfd, int backlog);

    /// <summary>接下一个连接，没有就等待。</summary>
    /// <param name="sockfd">正在等连接的套接字。</param>
    /// <param name="addr">对方的地址放到哪里；不要就给 null。</param>
    /// <param name="addrlen">它的长度；不要就给 null。</param>
    /// <param name="flags">0，或 <see cref="SOCK_CLOEXEC"/>。</param>
    /// <returns>连好的套接字；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EMFILE、EINVAL（没有 listen）。来源：accept(2)。</remarks>
    public static int accept4(int sockfd, void* addr, uint* addrlen, SocketType flags)
    {
        int result;
        do
        {
            result = accept4_once(sockfd, addr, addrlen, flags);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>发送一条消息，可以带控制消息。</summary>
    /// <param name="sockfd">套接字。</param>
    /// <param name="msg">消息。</param>
    /// <param name="flags"><c>MSG_*</c> 的组合，或 0。</param>
    /// <returns>发出的普通字节数；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 交出描述符（<see cref="SCM_RIGHTS"/>）要至少带一个普通的字节：字节流上没有字节，控制消息就无处可附。
    /// 对方收到的是同一次打开的又一个描述符，编号由对方的内核表决定。
    /// 常见 errno：EBADF（要交的描述符没有打开）、EPIPE、ETOOMANYREFS（交出去还没有人收的太多）、EAGAIN。
    /// 来源：sendmsg(2)、unix(7)、cmsg(3)。
    /// </remarks>
    public static nint sendmsg(int sockfd, msghdr_t* msg, MessageFlags flags)
    {
        nint result;
        do
        {
            result = sendmsg_once(sockfd, msg, flags);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>收一条消息，可以带控制消息。</summary>
    /// <param name="sockfd">套接字。</param>
    /// <param name="msg">放到哪里；收到之后 <see cref="msghdr_t.msg_controllen"/> 与
    /// <see cref="msghdr_t.msg_flags"/> 是实际的。</param>
    /// <param name="flags"><c>MSG_*</c> 的组合，或 0。</param>
    /// <returns>收到的普通字节数，0 是对方已经关闭；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EAGAIN（不等待的套接字上没有消息）、ECONNRESET。来源：recvmsg(2)、unix(7)。</remarks>
    public static nint recvmsg(int sockfd, msghdr_t* msg, MessageFlags flags)
    {
        nint result;
        do
        {
            result = recvmsg_once(sockfd, msg, flags);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>创建一对已经连好的套接字。</summary>
    /// <param name="domain">地址族，<see cref="AF_UNIX"/>。</param>
    /// <param name="type"><c>SOCK_*</c> 的组合。</param>
    /// <param name="protocol">0。</param>
    /// <param name="sv">两个描述符，地位相同。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EMFILE、ENFILE、EAFNOSUPPORT。来源：socketpair(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int socketpair(int domain, SocketType type, int protocol, int* sv);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint sendmsg_once(int sockfd, msghdr_t* msg, MessageFlags flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint recvmsg_once(int sockfd, msghdr_t* msg, MessageFlags flags);

    // struct sockaddr_un：两个字节的地址族，108 个字节的路径，以 NUL 结尾。
    private static int at_path(delegate*<int, byte*, uint, int> call, int sockfd, string path)
    {
        const int Size = 110, Path = 2;
        byte* address = stackalloc byte[Size];
        *(ushort*)address = AF_UNIX;
        if (Encoding.UTF8.GetByteCount(path) >= Size - Path)
        {
            Marshal.SetLastPInvokeError((int)ENAMETOOLONG);
            return -1;
        }

        Encoding.UTF8.GetBytes(path, new Span<byte>(address + Path, Size - Path));
        return call(sockfd, address, Size);
    }

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int bind_raw(int sockfd, byte* addr, uint addrlen);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int connect_raw(int sockfd, byte* addr, uint addrlen);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int accept4_once(int sockfd, void* addr, uint* addrlen, SocketType flags);
}
