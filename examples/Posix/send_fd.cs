using System.Runtime.InteropServices;

namespace Posix;

// 这里没有 C 的头文件：sendmsg 的控制消息要写十来行，C 的程序也都包成两个函数，名字照 Stevens 的
// 《UNIX 环境高级编程》。
public static unsafe partial class Libc
{
    /// <summary>经 Unix 域套接字交出一个描述符，附在一个值为 0 的字节上。</summary>
    /// <param name="sockfd">已经连好的 Unix 域套接字。</param>
    /// <param name="fd">要交出的描述符；自己的照旧，可以马上关闭。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>，同 <see cref="sendmsg"/>。</returns>
    /// <remarks>来源：unix(7) 的 SCM_RIGHTS、cmsg(3)。</remarks>
    public static int send_fd(int sockfd, int fd)
    {
        byte zero = 0;
        iovec_t bytes = new() { iov_base = &zero, iov_len = 1 };
        cmsghdr_t* control = stackalloc cmsghdr_t[2];
        *control = new() { cmsg_len = CMSG_LEN(sizeof(int)), cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
        *(int*)CMSG_DATA(control) = fd;
        msghdr_t message = new() { msg_iov = &bytes, msg_iovlen = 1, msg_control = control };
        message.msg_controllen = CMSG_SPACE(sizeof(int));
        return sendmsg(sockfd, &message, MSG_NOSIGNAL) == -1 ? -1 : 0;
    }

    /// <summary>收下对方用 <see cref="send_fd"/> 交来的一个描述符。</summary>
    /// <param name="sockfd">已经连好的 Unix 域套接字。</param>
    /// <returns>描述符，exec 时自动关闭；失败为 -1，原因在 <see cref="errno"/>：同 <see cref="recvmsg"/>，
    /// 或 EBADMSG（消息里没有描述符，或对方已经关闭）。</returns>
    /// <remarks>
    /// 对方多送的描述符，由内核关闭：空间只留一个的（CMSG_LEN，不是 CMSG_SPACE，后者因为对齐放得下两个）。
    /// 来源：unix(7) 的 SCM_RIGHTS、cmsg(3)。
    /// </remarks>
    public static int recv_fd(int sockfd)
    {
        byte ignored;
        iovec_t bytes = new() { iov_base = &ignored, iov_len = 1 };
        cmsghdr_t* control = stackalloc cmsghdr_t[2];
        msghdr_t message = new() { msg_iov = &bytes, msg_iovlen = 1, msg_control = control };
        message.msg_controllen = CMSG_LEN(sizeof(int));
        if (recvmsg(sockfd, &message, MSG_CMSG_CLOEXEC) == -1) return -1;
        bool has = message.msg_controllen >= CMSG_LEN(sizeof(int))
            && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS;
        if (has) return *(int*)CMSG_DATA(control);
        Marshal.SetLastPInvokeError((int)EBADMSG);
        return -1;
    }
}
