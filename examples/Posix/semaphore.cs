using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>信号量，内容不公开；有名信号量是 /dev/shm 下一个文件的映射，只以指针出现。</summary>
    /// <remarks>无名的（<see cref="sem_init"/>）放在结构里：glibc 的 64 位系统上占 32 字节，这里与
    /// <see cref="pthread_mutex_t"/> 一样留足 64 字节，按 long 对齐。</remarks>
    [InlineArray(8)]
    public struct sem_t
    {
        private ulong _opaque;
    }

    /// <summary><c>sem_open</c> 失败时的返回值。glibc 上是空指针。</summary>
    public static sem_t* SEM_FAILED => null;

    /// <summary>打开已有的有名信号量；带 <c>O_CREAT</c> 时，不存在就按给定的初值创建。</summary>
    /// <param name="name">名字，形如 <c>/memmap_sem</c>；glibc 的文件名前要加 <c>sem.</c>，
    /// 所以至多 251 字节，比共享内存对象少 4。</param>
    /// <param name="oflag">0、<c>O_CREAT</c>，或 <c>O_CREAT | O_EXCL</c>。</param>
    /// <param name="mode">创建时的权限位，实际值要去掉 umask；没有 <c>O_CREAT</c> 时不起作用。</param>
    /// <param name="value">创建时的初值；信号量已经存在时不起作用。</param>
    /// <returns>信号量；失败为 <see cref="SEM_FAILED"/>，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 常见 errno：ENOENT、EEXIST、EACCES、EINVAL（名字不合规则）、ENAMETOOLONG、EMFILE。
    /// C 的原型是可变参数 <c>sem_open(name, oflag, ...)</c>，这里声明成四个固定参数，理由同 <see cref="open"/>：
    /// 在 x64 与 arm64 的 Linux 上，整数的可变参数与固定参数走同样的寄存器。来源：sem_open(3)、sem_overview(7)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial sem_t* sem_open(string name, OpenFlags oflag, Mode mode = 0, uint value = 0);

    /// <summary>值大于 0 就减 1 返回，等于 0 就等待。</summary>
    /// <param name="sem">信号量。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（不是信号量）。来源：sem_wait(3)。</remarks>
    public static int sem_wait(sem_t* sem)
    {
        int result;
        do
        {
            result = keep_errno(sem_wait_raw(sem));
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>值大于 0 就减 1 返回，等于 0 就等待，至多等到 <paramref name="abstime"/>。</summary>
    /// <param name="sem">信号量。</param>
    /// <param name="clock"><c>CLOCK_*</c>，按哪个钟；<see cref="CLOCK_MONOTONIC"/> 不受调整时间的影响。</param>
    /// <param name="abstime">那个钟上的一个时刻，不是多久；所以被信号打断，照原样再等就是。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// POSIX 的 sem_timedwait 没有 <paramref name="clock"/>，用的是墙上的钟：等的时候管理员或 NTP 把钟拨动，
    /// 等待就跟着变长变短。本函数是 glibc 2.30 起的，POSIX.1-2024 已经收进。
    /// 常见 errno：ETIMEDOUT、EINVAL（纳秒不在 0 到 999999999 之内，或这个钟不能用）。
    /// 来源：sem_wait(3)、glibc 手册「Semaphores」一节。
    /// </remarks>
    public static int sem_clockwait(sem_t* sem, ClockId clock, in timespec_t abstime)
    {
        int result;
        do
        {
            result = sem_clockwait_once(sem, clock, in abstime);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>值大于 0 就减 1，等于 0 立即失败，不等待。</summary>
    /// <param name="sem">信号量。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EAGAIN（值是 0）、EINVAL。来源：sem_wait(3)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sem_trywait(sem_t* sem);

    /// <summary>值加 1，有等待者就唤醒一个。之前写入的内存，等到它的一方都看得到。</summary>
    /// <param name="sem">信号量。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL、EOVERFLOW（超过上限）。来源：sem_post(3)。</remarks>
    public static int sem_post(sem_t* sem) => keep_errno(sem_post_raw(sem));

    /// <summary>读出信号量此刻的值；读到的时候，别的进程可能又改了它。</summary>
    /// <param name="sem">信号量。</param>
    /// <param name="sval">值；有进程在等时，Linux 给 0，POSIX 也容许负数。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL。来源：sem_getvalue(3)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sem_getvalue(sem_t* sem, out int sval);

    /// <summary>关闭本进程对有名信号量的引用；信号量和它的值都还在。</summary>
    /// <param name="sem">信号量。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL。来源：sem_close(3)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sem_close(sem_t* sem);

    /// <summary>删除有名信号量的名字；已经打开它的进程照常使用。</summary>
    /// <param name="name">名字，规则同 <see cref="sem_open"/>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：ENOENT、EACCES（别的用户的信号量；musl 上是 EPERM）。来源：sem_unlink(3)。</remarks>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int sem_unlink(string name);

    /// <summary>在给定的内存里初始化一个没有名字的信号量；放在共享内存里，各进程映射到它就能用。</summary>
    /// <param name="sem">放信号量的地址，按 8 字节对齐；<see cref="sem_t"/> 留的地方足够。</param>
    /// <param name="pshared">0 只在本进程的线程之间用；非 0 可以跨进程。</param>
    /// <param name="value">初值。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（初值超过上限）。来源：sem_init(3)、sem_overview(7)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sem_init(sem_t* sem, int pshared, uint value);

    /// <summary>结束 <see cref="sem_init"/> 初始化的信号量；还有进程在等它时不能调用。</summary>
    /// <param name="sem">信号量。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL。来源：sem_destroy(3)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sem_destroy(sem_t* sem);

    // 一来一回的热路径。SetLastError 每次都先把 errno 清零，再取走，一次十几纳秒；这里失败了才取，取法与它相同。
    private static int keep_errno(int result)
    {
        if (result == -1) Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());
        return result;
    }

    [LibraryImport("libc", EntryPoint = "sem_wait")]
    private static partial int sem_wait_raw(sem_t* sem);

    [LibraryImport("libc", EntryPoint = "sem_post")]
    private static partial int sem_post_raw(sem_t* sem);

    [LibraryImport("libc", EntryPoint = "sem_clockwait", SetLastError = true)]
    private static partial int sem_clockwait_once(sem_t* sem, ClockId clock, in timespec_t abstime);
}
