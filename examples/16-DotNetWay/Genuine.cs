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
/// <remarks>名字整机共用，谁都可以先占着。.NET 查不到属主，所以用 statx(2)，它的布局在各种架构上相同。</remarks>
internal static unsafe partial class Genuine
{
    private const int AtEmptyPath = 0x1000, TypeLinksAndUid = 0xD, RegularFile = 0x8000, SemSize = 32, MostPosts = 1000;

    /// <summary>对象是普通文件，属于自己。</summary>
    public static void Object(SafeFileHandle handle, string name)
    {
        Status st = Look(handle);
        Require(st.Uid == geteuid(), $"\"{name}\" 属于用户 {st.Uid}，不是自己的（用户 {geteuid()}），不去碰它。"
            + "对方若是同伴，两边要以同一个用户运行；若是别人，请换一个名字。");
        Require((st.Mode & 0xF000) == RegularFile, $"\"{name}\" 不是共享内存对象。看看 ls -l /dev/shm：删掉它，或换一个名字。");
    }

    /// <summary>对象还有名字：没有被 shm_unlink。</summary>
    public static bool HasName(SafeFileHandle handle) => Look(handle).Links > 0;

    /// <summary>信号量的文件属于自己，内容也像。sem_open 不检查内容，0 字节的文件一访问就是 SIGBUS。</summary>
    public static void Semaphore(string name)
    {
        // sem. 这个前缀是 glibc 加的。FileShare.ReadWrite：不要 .NET 替我们给文件加锁。
        string path = "/dev/shm/sem." + name.TrimStart('/'), remove = $"删掉它再运行：rm {path}";
        if (!File.Exists(path)) throw new PosixException($"open(\"{path}\")", Enoent);
        using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite);
        Object(file, name);

        // 格式是 libc 私有的，现做一个来比：开头 8 个字节是值和等待的人数，其余都一样。
        byte[] fresh = new byte[SemSize], seen = new byte[SemSize];
        Must(sem_init(fresh, 1, 0));
        long size = RandomAccess.GetLength(file);
        bool same = size == SemSize && RandomAccess.Read(file, seen, 0) == SemSize
            && seen.AsSpan(8).SequenceEqual(fresh.AsSpan(8));
        Require(same, $"{path}（{size} 字节）不是这里的 sem_open 创建的信号量，用它会崩溃或一直等。{remove}");

        // 值再大也是真的信号量，可是发送方要一次次收回，二十亿次就像挂住了一样。
        Must(sem_getvalue(seen, out int value));
        Require(value <= MostPosts, $"{path} 的值是 {value}，不会是这几个程序 post 的。{remove}");
    }

    private static Status Look(SafeFileHandle file)
    {
        Must(statx(file, "", AtEmptyPath, TypeLinksAndUid, out Status st));
        return st;
    }

    private static void Require(bool holds, string say) => _ = holds ? 0 : throw new InvalidDataException(say);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle directory, string path, int flags, int mask, out Status st);

    [LibraryImport("libc")] private static partial uint geteuid();
    [LibraryImport("libc", SetLastError = true)] private static partial int sem_init(byte[] sem, int shared, int value);
    [LibraryImport("libc", SetLastError = true)] private static partial int sem_getvalue(byte[] sem, out int value);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(20)] public uint Uid;
        [FieldOffset(28)] public ushort Mode;
    }
}
