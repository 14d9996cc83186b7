using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DotNetWay;

/// <summary>POSIX 共享内存对象，顶替 Linux 上没有的命名 <see cref="MemoryMappedFile"/>；Dispose 只解除映射，名字要 <see cref="Unlink"/>。</summary>
/// <remarks>
/// 对象就是 /dev/shm 下的文件，FileStream 也打得开。这里仍用 shm_open：它自己带 O_NOFOLLOW 和 O_CLOEXEC，别人预先放好的
/// 符号链接引不走我们；名字的规则和位置也由 libc 定，与 C 程序一致。其余全是 .NET 现成的类型。
/// 一定要 Dispose（<c>using</c>）：为了让 Span 有效，对象握着视图的一个引用，没有终结器替它放开。
/// </remarks>
internal sealed unsafe partial class SharedMemory : IDisposable
{
    private const int ORdonlyNonblock = 0x800;
    private const int ORdwr = 2;
    private const int OCreatExcl = 0x40 | 0x80;
    private const uint Mode0600 = 0x180;
    private const int Enoent = 2;
    private const int Eexist = 17;
    private const int Erofs = 30;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly bool _writable;
    private byte* _start;

    /// <summary>映射整个对象（至多 2 GiB，一个 Span 装得下的）。</summary>
    /// <param name="handle">共享内存对象，映射之后可以关闭。</param>
    /// <param name="access">Read 或 ReadWrite，与打开的方式相符。</param>
    /// <exception cref="EndOfStreamException">对象是空的。</exception>
    /// <exception cref="IOException">映射不了。</exception>
    public SharedMemory(SafeFileHandle handle, MemoryMappedFileAccess access)
    {
        long length = RandomAccess.GetLength(handle);
        if (length == 0) throw new EndOfStreamException("共享内存对象是空的，写的一方没有给它定下大小；让它再写一次。");

        _writable = access == MemoryMappedFileAccess.ReadWrite;
        _file = MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: 0, access, HandleInheritability.None, leaveOpen: true);

        // 视图只盖住对象现有的内容；超过 2 GiB 的部分 Span 表示不了，不映射。
        _view = _file.CreateViewAccessor(0, Math.Min(length, int.MaxValue), access);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>对象里的字节，别的进程随时可能改动。Dispose 之后不能再用。</summary>
    public ReadOnlySpan<byte> Bytes => Span();

    /// <summary>可以写的字节。Dispose 之后不能再用。</summary>
    /// <exception cref="InvalidOperationException">映射是只读的：真写下去会收到 SIGSEGV。</exception>
    public Span<byte> Writable => _writable ? Span() : throw new InvalidOperationException("映射是只读的。");

    /// <summary>NUL 结尾的 UTF-8 文字；没有 NUL 就到对象末尾为止，不会读到外面去。</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.IndexOf((byte)0) is var end and >= 0 ? Bytes[..end] : Bytes);

    /// <summary>把开头看成一个结构，读写都直接落在共享内存里。</summary>
    /// <typeparam name="T">不含引用的结构；两边的布局要一致，宜标上 <c>[StructLayout(LayoutKind.Sequential)]</c>。</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">对象比结构小。</exception>
    public ref T As<T>()
        where T : unmanaged => ref MemoryMarshal.AsRef<T>(Writable);

    /// <summary>打开已有的对象，没有就失败。</summary>
    /// <param name="name">名字，形如 <c>/memmap</c>。</param>
    /// <param name="access">Read 或 ReadWrite。</param>
    /// <exception cref="PosixException">ENOENT：没有这个名字；EACCES：没有权限；EINVAL：名字不合规则。</exception>
    /// <exception cref="InvalidDataException">属于别的用户，或者不是普通文件。</exception>
    public static SafeFileHandle OpenExisting(string name, FileAccess access)
    {
        bool readOnly = access == FileAccess.Read;

        // O_NONBLOCK：名字下面若是别人放的 FIFO，也不会等在这里。
        SafeFileHandle handle = shm_open(name, readOnly ? ORdonlyNonblock : ORdwr, 0);
        if (handle.IsInvalid) throw Failed(handle, $"shm_open(\"{name}\", {(readOnly ? "O_RDONLY | O_NONBLOCK" : "O_RDWR")})");
        try
        {
            Genuine.Object(handle, name);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>打开对象，没有就创建，只给自己用（0600）。</summary>
    /// <param name="name">名字，规则同 <see cref="OpenExisting"/>。</param>
    /// <param name="created">名字是不是这次造的：失败时谁造的谁删。</param>
    /// <exception cref="PosixException">EACCES：属于别的用户；EINVAL、ENAMETOOLONG：名字不合规则。</exception>
    public static SafeFileHandle OpenOrCreate(string name, out bool created)
    {
        SafeFileHandle handle = shm_open(name, ORdwr | OCreatExcl, Mode0600);
        created = !handle.IsInvalid;
        if (created) return handle;

        PosixException failed = Failed(handle, $"shm_open(\"{name}\", O_RDWR | O_CREAT, 0600)");
        return failed.HResult == Eexist ? OpenExisting(name, FileAccess.ReadWrite) : throw failed;
    }

    /// <summary>定下大小，全部填 0，并且现在就占住内存。</summary>
    /// <param name="handle">可写的对象。</param>
    /// <param name="size">大小，字节。</param>
    /// <exception cref="PosixException">ENOSPC：/dev/shm 满了。只改大小的话，要到存值那一刻才出错，而且是杀死进程的 SIGBUS。</exception>
    public static void Allocate(SafeFileHandle handle, int size)
    {
        try
        {
            RandomAccess.SetLength(handle, size);
            RandomAccess.Write(handle, new byte[size], fileOffset: 0);
        }
        catch (IOException e)
        {
            throw new PosixException($"write(…, {size})", e.HResult);
        }
    }

    /// <summary>删除名字；没有（或在只读的 /dev/shm 里不可能有）这个名字也不算错。已经映射的进程照常使用。</summary>
    /// <param name="name">名字。</param>
    /// <exception cref="PosixException">EACCES、EPERM：属于别的用户。</exception>
    public static void Unlink(string name)
    {
        if (shm_unlink(name) == -1 && Marshal.GetLastPInvokeError() is var error and not (Enoent or Erofs))
        {
            throw new PosixException($"shm_unlink(\"{name}\")", error);
        }
    }

    /// <summary>解除映射。</summary>
    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private Span<byte> Span()
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        return new Span<byte>(_start, (int)_view.Capacity);
    }

    private static PosixException Failed(SafeFileHandle handle, string call)
    {
        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return new PosixException(call, error);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle shm_open(string name, int oflag, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int shm_unlink(string name);
}
