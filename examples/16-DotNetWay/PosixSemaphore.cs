using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DotNetWay;

/// <summary>POSIX 有名信号量，顶替 Linux 上没有的命名 <see cref="Semaphore"/>；Dispose 只关闭，名字要 <see cref="Unlink"/>。</summary>
/// <remarks>
/// 继承 SafeHandle：忘了 Dispose 也会在终结时关闭；一个线程还在 <see cref="Wait"/> 时，另一个线程 Dispose 也不会关掉它正用的信号量。
/// 与 <see cref="SharedMemory"/>、<see cref="Genuine"/>、<see cref="PosixException"/> 四个文件不依赖其他代码，可以一起抄进自己的项目。
/// </remarks>
internal sealed partial class PosixSemaphore : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int OCreat = 0x40;
    private const uint Mode0600 = 0x180;
    private const int Enoent = 2;
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const int Einval = 22;
    private const int Erofs = 30;
    private const int Enametoolong = 36;

    /// <summary>由封送代码调用；请用 <see cref="OpenExisting"/> 或 <see cref="OpenOrCreate"/>。</summary>
    public PosixSemaphore()
        : base(ownsHandle: true)
    {
    }

    /// <summary>打开已有的信号量，没有就失败。</summary>
    /// <param name="name">名字，形如 <c>/memmap_sem</c>，至多 251 字节。</param>
    /// <exception cref="PosixException">ENOENT：没有这个名字；EACCES：没有权限；EINVAL：名字不合规则。</exception>
    /// <exception cref="InvalidDataException">属于别的用户，或者不是信号量。</exception>
    public static PosixSemaphore OpenExisting(string name) => Check(sem_open(name, 0, 0, 0), name, $"sem_open(\"{name}\", 0)");

    /// <summary>打开信号量，没有就创建，只给自己用（0600），初值 0。</summary>
    /// <param name="name">名字，规则同 <see cref="OpenExisting"/>。</param>
    /// <exception cref="PosixException">EACCES：属于别的用户；EINVAL、ENAMETOOLONG：名字不合规则。</exception>
    /// <exception cref="InvalidDataException">已经有了，属于别的用户，或者不是信号量。</exception>
    public static PosixSemaphore OpenOrCreate(string name) =>
        Check(sem_open(name, OCreat, Mode0600, 0), name, $"sem_open(\"{name}\", O_CREAT, 0600, 0)");

    /// <summary>删除名字；没有（或不可能有）这个名字也不算错。已经打开它的进程照常使用。</summary>
    /// <param name="name">名字。</param>
    /// <exception cref="PosixException">EACCES：属于别的用户。</exception>
    public static void Unlink(string name)
    {
        if (sem_unlink(name) == -1 && Marshal.GetLastPInvokeError() is var error and not (Enoent or Erofs or Einval or Enametoolong))
        {
            throw new PosixException($"sem_unlink(\"{name}\")", error);
        }
    }

    /// <summary>值大于 0 就减 1 返回，等于 0 就等待。没有超时：由 Ctrl+C 结束进程。</summary>
    public void Wait()
    {
        while (sem_wait(this) == -1)
        {
            // 等待中处理了一个信号，再等。
            if (Marshal.GetLastPInvokeError() is var error and not Eintr) throw new PosixException("sem_wait", error);
        }
    }

    /// <summary>值大于 0 就减 1，等于 0 立即返回。</summary>
    /// <returns>是否减了 1。</returns>
    public bool TryWait()
    {
        while (sem_trywait(this) == -1)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Eagain) return false;
            if (error != Eintr) throw new PosixException("sem_trywait", error);
        }

        return true;
    }

    /// <summary>值加 1。在此之前写的内存，等到它的一方都看得到。</summary>
    public void Release()
    {
        if (sem_post(this) == -1) throw new PosixException("sem_post", Marshal.GetLastPInvokeError());
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => sem_close(handle) == 0;

    private static PosixSemaphore Check(PosixSemaphore semaphore, string name, string call)
    {
        int error = Marshal.GetLastPInvokeError();
        try
        {
            if (semaphore.IsInvalid) throw new PosixException(call, error);
            Genuine.Semaphore(name);
            return semaphore;
        }
        catch
        {
            semaphore.Dispose();
            throw;
        }
    }

    // C 的 sem_open 是可变参数；在 Linux 的 x64 与 arm64 上，整数参数这样声明与之一致。
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial PosixSemaphore sem_open(string name, int oflag, uint mode, uint value);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sem_wait(PosixSemaphore semaphore);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sem_trywait(PosixSemaphore semaphore);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sem_post(PosixSemaphore semaphore);

    [LibraryImport("libc")]
    private static partial int sem_close(nint semaphore);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sem_unlink(string name);
}
