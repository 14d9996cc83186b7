using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using static DotNetWay.PosixException;

namespace DotNetWay;

/// <summary>映射着的 POSIX 共享内存对象，代替 Linux 上没有的有名 <see cref="MemoryMappedFile"/>。</summary>
/// <remarks>对象就是文件，FileStream 也打得开；shm_open 却不跟随符号链接，名字的规则也与 C 程序一致。</remarks>
internal sealed unsafe partial class SharedMemory : IDisposable
{
    private const int ORdonlyNonblock = 0x800, ORdwr = 2, OCreat = 0x40, Mode0600 = 0x180, LockEx = 2, LockNb = 4;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    /// <summary>映射整个对象，至多 2 GiB（Span 的上限），空的抛出 InvalidDataException。一定要 Dispose。</summary>
    public SharedMemory(SafeFileHandle handle, MemoryMappedFileAccess access)
    {
        long length = RandomAccess.GetLength(handle);
        if (length == 0) throw new InvalidDataException("共享内存对象是空的，发送方没有给它定下大小；让它再发送一次。");
        using var file = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, capacity: 0, access, HandleInheritability.None, leaveOpen: true);
        _view = file.CreateViewAccessor(0, Math.Min(length, int.MaxValue), access);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>对象里的字节，别的进程随时可能改动。Dispose 之后不能再用。</summary>
    public ReadOnlySpan<byte> Bytes =>
        _start == null ? throw new ObjectDisposedException(nameof(SharedMemory)) : new(_start, (int)_view.Capacity);

    /// <summary>可以写的字节。只读的映射抛出 InvalidOperationException：真写下去会收到 SIGSEGV。</summary>
    public Span<byte> Writable =>
        _view.CanWrite ? new(_start, Bytes.Length) : throw new InvalidOperationException("映射是只读的。");

    /// <summary>NUL 结尾的 UTF-8 文字；没有 NUL 就到对象末尾为止，不会读到外面去。</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.IndexOf((byte)0) is var end and >= 0 ? Bytes[..end] : Bytes);

    /// <summary>把开头看成一个结构，读写都直接落在共享内存里；两边的布局要一致。对象比结构小就抛出异常。</summary>
    public ref T As<T>() where T : unmanaged => ref MemoryMarshal.AsRef<T>(Writable);

    /// <summary>打开已有的对象，没有就失败。名字形如 <c>/memmap</c>，至多 255 字节。</summary>
    /// <exception cref="PosixException">ENOENT：没有这个名字；EACCES：没有权限；EINVAL：名字不合规则。</exception>
    /// <exception cref="InvalidDataException">属于别的用户，或者不是普通文件（FIFO 也不会等：O_NONBLOCK）。</exception>
    public static SafeFileHandle OpenExisting(string name, FileAccess access) =>
        access == FileAccess.Read ? Open(name, ORdonlyNonblock, 0, "O_RDONLY | O_NONBLOCK, 0")
        : Open(name, ORdwr, 0, "O_RDWR, 0");

    /// <summary>打开对象，没有就创建，只给自己用（0600）；名字和异常同上。</summary>
    public static SafeFileHandle OpenOrCreate(string name) =>
        Open(name, ORdwr | OCreat, Mode0600, "O_RDWR | O_CREAT, 0600");

    /// <summary>打开对象，拿到它的锁；Dispose，或者进程结束，锁就放开。锁是建议性的，只管也来拿的进程。</summary>
    /// <param name="open">怎样打开。等锁的时候名字可能已经删除，手里的再也没有人找得到，那就重新打开。</param>
    public static SafeFileHandle Lock(string name, Func<SafeFileHandle> open)
    {
        while (true)
        {
            SafeFileHandle handle = open();
            bool waits = Must(flock(handle, LockEx | LockNb), Eagain) == -1;
            if (waits) Console.Error.WriteLine($"等待别的进程放开 {name} 上的锁；按 Ctrl+C 放弃。");
            while (waits && Must(flock(handle, LockEx), Eintr) == -1) { }
            if (Genuine.HasName(handle)) return handle;
            handle.Dispose();
        }
    }

    /// <summary>定下大小（字节），填 0，现在就占住内存：/dev/shm 满了是 ENOSPC，不是写入那一刻的 SIGBUS。</summary>
    public static void Allocate(SafeFileHandle handle, int size)
    {
        try { RandomAccess.SetLength(handle, size); RandomAccess.Write(handle, new byte[size], fileOffset: 0); }
        catch (IOException e) { throw new PosixException($"write(fd, zeros, {size})", e.HResult); }
    }

    /// <summary>删除名字，没有这个名字也不算错。已经映射的进程照常使用。</summary>
    public static void Unlink(string name) => Must(shm_unlink(name), Enoent);

    /// <summary>解除映射；名字还在，要删就 <see cref="Unlink"/>。</summary>
    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }

    private static SafeFileHandle Open(string name, int oflag, int mode, string say)
    {
        SafeFileHandle handle = shm_open(name, oflag, mode);
        Must(handle.IsInvalid ? -1 : 0, call: $"shm_open(\"{name}\", {say})");
        Genuine.Object(handle, name);
        return handle;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle shm_open(string name, int oflag, int mode);
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int shm_unlink(string name);
    [LibraryImport("libc", SetLastError = true)] private static partial int flock(SafeFileHandle fd, int operation);
}
