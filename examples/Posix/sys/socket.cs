using System.Runtime.InteropServices;

namespace Posix;

/// <summary>套接字的种类：常量 <c>SOCK_*</c>。</summary>
[Flags]
public enum SocketType;

public static unsafe partial class Libc
{
    /// <summary>本机套接字的地址族。</summary>
    public const int AF_UNIX = 1;

    /// <summary>字节流。</summary>
    public const SocketType SOCK_STREAM = (SocketType)1;

    /// <summary>exec 时自动关闭。</summary>
    public const SocketType SOCK_CLOEXEC = (SocketType)0x80000;

    /// <summary>创建一对已经连好的套接字。</summary>
    /// <param name="domain">地址族，<see cref="AF_UNIX"/>。</param>
    /// <param name="type"><c>SOCK_*</c> 的组合。</param>
    /// <param name="protocol">0。</param>
    /// <param name="sv">两个描述符，地位相同。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EMFILE、ENFILE、EAFNOSUPPORT。来源：socketpair(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int socketpair(int domain, SocketType type, int protocol, int* sv);
}
