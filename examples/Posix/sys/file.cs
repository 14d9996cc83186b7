using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>flock</c> 的操作：常量 <c>LOCK_*</c>。</summary>
[Flags]
public enum LockOperation;

public static unsafe partial class Libc
{
    /// <summary>互斥锁：同时只有一个进程持有。</summary>
    public const LockOperation LOCK_EX = (LockOperation)2;

    /// <summary>与上面的合用：拿不到就失败，EAGAIN（EWOULDBLOCK 是同一个数），不等待。</summary>
    public const LockOperation LOCK_NB = (LockOperation)4;

    /// <summary>放开。</summary>
    public const LockOperation LOCK_UN = (LockOperation)8;

    /// <summary>在打开的文件上加锁、放开锁；别的进程持有就等待。共享内存对象也是文件，同样可以。</summary>
    /// <param name="fd">描述符，怎样打开的都可以。</param>
    /// <param name="operation"><c>LOCK_EX</c>、<c>LOCK_UN</c> 取一，前者可以再加 <c>LOCK_NB</c>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 锁是建议性的：只管也来加锁的进程，不加锁的照样读写。锁跟着这一次打开，经 dup 与 fork 得到的描述符共用它；
    /// 最后一个关闭，或者进程结束（被 SIGKILL 也一样），内核就放开。
    /// 常见 errno：EAGAIN（带着 <c>LOCK_NB</c>，别的进程持有）、EBADF、ENOLCK。来源：flock(2)。
    /// </remarks>
    public static int flock(int fd, LockOperation operation)
    {
        int result;
        do
        {
            result = flock_once(fd, operation);
        }
        while (interrupted(result));
        return result;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int flock_once(int fd, LockOperation operation);
}
