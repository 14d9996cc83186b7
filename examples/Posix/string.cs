using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>把一段内存的每个字节都填成同一个值。</summary>
    /// <param name="s">起始地址。</param>
    /// <param name="c">填入的值，取低 8 位。</param>
    /// <param name="n">长度，字节。</param>
    /// <returns><paramref name="s"/>。</returns>
    /// <remarks>地址不可写时，进程在 libc 里收到 SIGSEGV 或 SIGBUS：.NET 接不住，看到的是真实的信号。
    /// 来源：memset(3)。</remarks>
    [LibraryImport("libc")]
    public static partial void* memset(void* s, int c, nuint n);

    /// <summary>复制一段内存，两段不能重叠。</summary>
    /// <param name="dest">目的地址。</param>
    /// <param name="src">来源地址。</param>
    /// <param name="n">长度，字节。</param>
    /// <returns><paramref name="dest"/>。</returns>
    /// <remarks>地址不可访问时同 <see cref="memset"/>。来源：memcpy(3)。</remarks>
    [LibraryImport("libc")]
    public static partial void* memcpy(void* dest, void* src, nuint n);
}
