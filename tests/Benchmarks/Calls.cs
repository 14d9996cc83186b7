using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>同一个 getpagesize，用绑定的另外两种写法声明：看每种写法本身要多少时间。</summary>
internal static partial class Calls
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong WithLastError(int n)
    {
        ulong sum = 0;
        for (int i = 0; i < n; i++) sum += (ulong)PageSizeWithLastError();
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong WithoutTransition(int n)
    {
        ulong sum = 0;
        for (int i = 0; i < n; i++) sum += (ulong)PageSizeWithoutTransition();
        return sum;
    }

    [LibraryImport("libc", EntryPoint = "getpagesize", SetLastError = true)]
    private static partial int PageSizeWithLastError();

    [LibraryImport("libc", EntryPoint = "getpagesize")]
    [SuppressGCTransition]
    private static partial int PageSizeWithoutTransition();
}
