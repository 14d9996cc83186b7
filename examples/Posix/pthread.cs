using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>锁可以由映射到它的各个进程使用。</summary>
    public const int PTHREAD_PROCESS_SHARED = 1;

    /// <summary>持有锁的线程结束了，下一个拿到锁，同时得到 <see cref="EOWNERDEAD"/>。</summary>
    public const int PTHREAD_MUTEX_ROBUST = 1;

    /// <summary>互斥锁，内容不公开。</summary>
    /// <remarks>
    /// 大小随架构而变：glibc 的 x64 上 40 字节，arm64 上 48 字节。glibc 自己也把它写成一个 union，按字节数留地方，
    /// 按 long 对齐；这里照做，留足 64 字节。各方以同样的 64 字节排列后面的字段，x64 与 arm64 的程序就能同样编译；
    /// 多留的空间不使用。与 C 程序共用时，C 那边也要留 64 字节。
    /// </remarks>
    [InlineArray(8)]
    public struct pthread_mutex_t
    {
        private ulong _opaque;
    }

    /// <summary>互斥锁的属性，内容不公开；x64 上 4 字节，arm64 上 8 字节，这里留足 16 字节。</summary>
    [InlineArray(2)]
    public struct pthread_mutexattr_t
    {
        private ulong _opaque;
    }

    /// <summary>一组默认的属性：只在本进程之内，不管持有锁的线程死活。</summary>
    /// <param name="attr">属性。</param>
    /// <returns>0；失败时直接返回错误编号。</returns>
    /// <remarks>来源：pthread_mutexattr_init(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutexattr_init(pthread_mutexattr_t* attr);

    /// <summary>锁给谁用。</summary>
    /// <param name="attr">属性。</param>
    /// <param name="pshared"><see cref="PTHREAD_PROCESS_SHARED"/>。</param>
    /// <returns>0；失败时直接返回错误编号，例如 EINVAL。</returns>
    /// <remarks>来源：pthread_mutexattr_setpshared(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutexattr_setpshared(pthread_mutexattr_t* attr, int pshared);

    /// <summary>持有锁的线程结束了怎么办。</summary>
    /// <param name="attr">属性。</param>
    /// <param name="robustness"><see cref="PTHREAD_MUTEX_ROBUST"/>。</param>
    /// <returns>0；失败时直接返回错误编号，例如 EINVAL。</returns>
    /// <remarks>来源：pthread_mutexattr_setrobust(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutexattr_setrobust(pthread_mutexattr_t* attr, int robustness);

    /// <summary>结束一组属性；已经用它初始化的锁不受影响。</summary>
    /// <param name="attr">属性。</param>
    /// <returns>0；失败时直接返回错误编号。</returns>
    /// <remarks>来源：pthread_mutexattr_destroy(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutexattr_destroy(pthread_mutexattr_t* attr);

    /// <summary>在给定的内存里初始化一把锁；只能由一个进程做一次，做完别的进程才能用。</summary>
    /// <param name="mutex">放锁的地址，按 8 字节对齐。</param>
    /// <param name="attr">属性；null 是默认。</param>
    /// <returns>0；失败时直接返回错误编号。</returns>
    /// <remarks>来源：pthread_mutex_init(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutex_init(pthread_mutex_t* mutex, pthread_mutexattr_t* attr);

    /// <summary>加锁；别的线程持有就等待。</summary>
    /// <param name="mutex">锁。</param>
    /// <returns>0 或 <see cref="EOWNERDEAD"/>：锁到手了；其余是错误编号，没有拿到。</returns>
    /// <remarks>
    /// EOWNERDEAD：上一个持有它的线程结束了，没有解锁。锁住的数据可能改到一半：修好，
    /// <see cref="pthread_mutex_consistent"/>，再照常用。锁属于线程，不属于进程：由哪个线程拿的，就由哪个线程解。
    /// 被信号打断会自己再等，不返回 EINTR。常见错误：ENOTRECOVERABLE（有人没有修好就解锁了）、EINVAL。
    /// 来源：pthread_mutex_lock(3)、pthread_mutexattr_setrobust(3)。
    /// </remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutex_lock(pthread_mutex_t* mutex);

    /// <summary>解锁。</summary>
    /// <param name="mutex">锁。</param>
    /// <returns>0；失败时直接返回错误编号。</returns>
    /// <remarks>常见错误：EPERM（持有锁的不是本线程；robust 的锁一定检查）。来源：pthread_mutex_unlock(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutex_unlock(pthread_mutex_t* mutex);

    /// <summary>得到 <see cref="EOWNERDEAD"/> 之后说：数据修好了，锁从此恢复正常。</summary>
    /// <param name="mutex">锁，本线程正持有它。</param>
    /// <returns>0；失败时直接返回错误编号。</returns>
    /// <remarks>不说就解锁，锁从此是 <see cref="ENOTRECOVERABLE"/>。常见错误：EINVAL（不是这种锁，或没有这回事）。
    /// 来源：pthread_mutex_consistent(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutex_consistent(pthread_mutex_t* mutex);

    /// <summary>结束一把锁；还有线程持有它、等着它时不能调用。</summary>
    /// <param name="mutex">锁。</param>
    /// <returns>0；失败时直接返回错误编号，例如 EBUSY。</returns>
    /// <remarks>来源：pthread_mutex_destroy(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno pthread_mutex_destroy(pthread_mutex_t* mutex);
}
