using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static DotNetWay.PosixException;

namespace DotNetWay;

/// <summary>一次失败的 POSIX 调用；errno 在 HResult 里，与 .NET 自己的 IOException 一样。</summary>
internal sealed class PosixException(string call, int error)
    : IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}", error)
{
    public const int Enoent = 2, Eintr = 4, Eagain = 11, Eexist = 17;

    public string Call => call;

    /// <summary>调用必须成功：返回 -1，而且 errno 不是 <paramref name="allowed"/>，就抛出。</summary>
    public static int Must(int result, int allowed = 0, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        int error = Marshal.GetLastPInvokeError();
        return result != -1 || error == allowed ? result : throw new PosixException(call, error);
    }
}

/// <summary>打开已有的对象或信号量之后、使用之前：它属于自己吗，真的是吗。不是就抛出 InvalidDataException。</summary>
/// <remarks>名字整机共用，谁都可以抢先占用。.NET 查不到属主，所以用 statx(2)，它的布局在各种架构上相同。</remarks>
internal static partial class Genuine
{
    private const int AtEmptyPath = 0x1000, Wanted = 0xD, Links = 16, Uid = 20, Mode = 28, SemSize = 32;

    /// <summary>对象是普通文件，属于自己。</summary>
    public static void Object(SafeFileHandle handle, string name)
    {
        uint uid = Look(handle, Uid);
        Require(uid == geteuid(), $"\"{name}\" 属于用户 {uid}，不是自己的（用户 {geteuid()}），不访问它。"
            + "对方若是同伴，两边要以同一个用户运行；若是别人，请换一个名字。");
        bool isRegular = (Look(handle, Mode) & 0xF000) == 0x8000;
        Require(isRegular, $"\"{name}\" 不是共享内存对象。看看 ls -l /dev/shm：删掉它，或换一个名字。");
    }

    /// <summary>对象还有名字：没有被 shm_unlink。</summary>
    public static bool HasName(SafeFileHandle handle) => Look(handle, Links) > 0;

    /// <summary>信号量的文件属于自己，内容也像。sem_open 不检查内容，0 字节的文件一访问就是 SIGBUS。</summary>
    public static void Semaphore(string name)
    {
        // sem. 这个前缀是 glibc 加的。格式是 libc 私有的，初始化一个来比：开头 8 个字节是值和等待的人数，其余都一样。
        string shm = "/sem." + name.TrimStart('/');
        using SafeFileHandle file = SharedMemory.OpenExisting(shm, FileAccess.Read);
        byte[] fresh = new byte[SemSize], seen = new byte[SemSize];
        Must(sem_init(fresh, 1, 0));
        (long size, int read) = (RandomAccess.GetLength(file), RandomAccess.Read(file, seen, 0));
        bool same = size == SemSize && read == SemSize && seen.AsSpan(8).SequenceEqual(fresh.AsSpan(8));
        Require(same, $"/dev/shm{shm}（{size} 字节）不是真的信号量，先删掉：rm /dev/shm{shm}");
    }

    private static unsafe uint Look(SafeFileHandle file, int field)
    {
        uint* st = stackalloc uint[64];
        Must(statx(file, "", AtEmptyPath, Wanted, st));
        return st[field / sizeof(uint)];
    }

    private static void Require(bool holds, string say) => _ = holds ? 0 : throw new InvalidDataException(say);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(SafeFileHandle directory, string path, int flags, int mask, uint* st);
    [LibraryImport("libc")] private static partial uint geteuid();
    [LibraryImport("libc", SetLastError = true)] private static partial int sem_init(byte[] sem, int shared, int value);
}
