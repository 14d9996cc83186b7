using System.Runtime.InteropServices;

namespace Posix;

/// <summary>资源的种类：常量 <c>RLIMIT_*</c>。</summary>
public enum Resource;

public static unsafe partial class Libc
{
    /// <summary>core 文件的大小，字节；0 是不产生。</summary>
    public const Resource RLIMIT_CORE = (Resource)4;

    /// <summary>描述符的个数。</summary>
    public const Resource RLIMIT_NOFILE = (Resource)7;

    /// <summary>资源的上限。</summary>
    public struct rlimit_t
    {
        /// <summary>软上限，实际生效的值。</summary>
        public ulong rlim_cur;

        /// <summary>硬上限，软上限最多调到这里。</summary>
        public ulong rlim_max;
    }

    /// <summary>读取本进程的资源上限。</summary>
    /// <param name="resource"><c>RLIMIT_*</c>。</param>
    /// <param name="limit">结果。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL。来源：getrlimit(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getrlimit(Resource resource, out rlimit_t limit);

    /// <summary>设置本进程的资源上限，子进程继承。</summary>
    /// <param name="resource"><c>RLIMIT_*</c>。</param>
    /// <param name="limit">新的上限。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EPERM（提高硬上限）、EINVAL。来源：getrlimit(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setrlimit(Resource resource, in rlimit_t limit);
}
