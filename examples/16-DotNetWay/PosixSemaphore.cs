using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static DotNetWay.PosixException;

namespace DotNetWay;

/// <summary>POSIX 有名信号量，代替 Linux 上没有的有名 <see cref="Semaphore"/>；Dispose 只关闭，不删名字。</summary>
/// <remarks>它是 SafeHandle：忘了 Dispose 也会在终结时关闭；还有线程在等的时候，Dispose 不会真的关掉。</remarks>
internal sealed partial class PosixSemaphore() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    private const int OCreatExcl = 0x40 | 0x80, Mode0600 = 0x180;

    /// <summary>打开已有的信号量，没有就失败；名字形如 <c>/memmap_sem</c>，至多 251 字节，异常同打开对象。</summary>
    public static PosixSemaphore OpenExisting(string name)
    {
        PosixSemaphore semaphore = sem_open(name, 0, 0, 0);
        Must(semaphore.IsInvalid ? -1 : 0, call: $"sem_open(\"{name}\", 0)");
        Genuine.Semaphore(name);
        return semaphore;
    }

    /// <summary>打开信号量，没有就创建，只给自己用（0600），初值 0；名字和异常同上。失败时，谁创建谁删除。</summary>
    public static PosixSemaphore OpenOrCreate(string name, out bool created)
    {
        PosixSemaphore semaphore = sem_open(name, OCreatExcl, Mode0600, 0);
        created = !semaphore.IsInvalid;
        Must(created ? 0 : -1, Eexist, $"sem_open(\"{name}\", O_CREAT | O_EXCL, 0600, 0)");
        return created ? semaphore : OpenExisting(name);
    }

    /// <summary>删除名字，没有这个名字也不算错。已经打开它的进程照常使用。</summary>
    public static void Unlink(string name) => Must(sem_unlink(name), Enoent);

    /// <summary>值大于 0 就减 1 返回，等于 0 就等待；被信号打断就再等。没有超时：由 Ctrl+C 结束进程。</summary>
    public void Wait()
    {
        while (Must(sem_wait(this), Eintr) == -1) { }
    }

    /// <summary>现在的值：还没有人等到的 post 有几次。持有锁的时候才靠得住，不然刚看完就可能变。</summary>
    public int Value => Must(sem_getvalue(this, out int value)) == 0 ? value : 0;

    /// <summary>值加 1。在此之前写入的内存，等到它的一方都看得到。</summary>
    public void Release() => Must(sem_post(this));

    protected override bool ReleaseHandle() => sem_close(handle) == 0;

    // C 的 sem_open 是可变参数；在 Linux 的 x64 与 arm64 上，整数参数这样声明与之一致。
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial PosixSemaphore sem_open(string name, int oflag, int mode, uint value);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sem_unlink(string name);
    [LibraryImport("libc", SetLastError = true)] private static partial int sem_wait(PosixSemaphore sem);
    [LibraryImport("libc", SetLastError = true)] private static partial int sem_post(PosixSemaphore sem);
    [LibraryImport("libc")] private static partial int sem_getvalue(PosixSemaphore sem, out int value);
    [LibraryImport("libc")] private static partial int sem_close(nint sem);
}
