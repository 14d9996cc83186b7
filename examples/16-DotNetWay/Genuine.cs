using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DotNetWay;

/// <summary>打开已有的对象或信号量之后、使用之前：它属于自己吗，真的是吗。</summary>
/// <remarks>名字全机器共用，谁都可以先占着。.NET 问得到大小和权限，问不到属主；statx 的布局在各种架构上相同，不必分情况。</remarks>
internal static unsafe partial class Genuine
{
    private const int AtFdcwd = -100, AtSymlinkNofollow = 0x100, AtEmptyPath = 0x1000;
    private const uint TypeUidAndSize = 0x1 | 0x8 | 0x200;
    private const int RegularFile = 0x8000, SemSize = 32, MostPosts = 1000;

    /// <summary>对象是属于自己的普通文件。</summary>
    /// <param name="handle">打开的对象。</param>
    /// <param name="name">它的名字，报错时用。</param>
    /// <exception cref="InvalidDataException">属于别的用户，或者是目录、FIFO。</exception>
    public static void Object(SafeFileHandle handle, string name) => Check((int)handle.DangerousGetHandle(), "", AtEmptyPath, name);

    /// <summary>信号量的文件属于自己，内容也像。sem_open 什么都不检查，0 字节的文件一碰就是 SIGBUS。</summary>
    /// <param name="name">信号量的名字。</param>
    /// <exception cref="InvalidDataException">属于别的用户，或者不是这里的 sem_open 建的。</exception>
    public static void Semaphore(string name)
    {
        // glibc 的文件名是 sem.名字，musl 没有前缀。
        string bare = name.TrimStart('/'), path = "/dev/shm/sem." + bare;
        if (!File.Exists(path)) path = "/dev/shm/" + bare;
        long size = Check(AtFdcwd, path, AtSymlinkNofollow, name);

        // 格式是 libc 私有的：现做一个来比。开头 8 个字节是值和等待的人数，其余都一样。
        byte* fresh = stackalloc byte[SemSize];
        new Span<byte>(fresh, SemSize).Clear();
        byte[] seen = size == SemSize ? File.ReadAllBytes(path) : [];
        bool sound = seen.Length == SemSize && sem_init(fresh, 1, 0) == 0 && seen.AsSpan(8).SequenceEqual(new Span<byte>(fresh, SemSize)[8..]);
        if (!sound) throw new InvalidDataException($"{path}（{size} 字节）不是这里的 sem_open 建的信号量，用它会崩溃或一直等。删掉它再运行：rm {path}");

        // 值再大也是真的信号量，可是发送方要一次次收回，二十亿次就像挂住了一样。
        seen.CopyTo(new Span<byte>(fresh, SemSize));
        if (sem_getvalue(fresh, out int value) == 0 && value > MostPosts) throw new InvalidDataException($"{path} 的值是 {value}，不会是这几个程序 post 的。删掉它再运行：rm {path}");
    }

    private static long Check(int directory, string path, int flags, string name)
    {
        byte* st = stackalloc byte[256];
        if (statx(directory, path, flags, TypeUidAndSize, st) == -1) throw new PosixException($"statx(\"{name}\")", Marshal.GetLastPInvokeError());
        uint uid = *(uint*)(st + 20);
        if (uid != geteuid()) throw new InvalidDataException($"\"{name}\" 属于用户 {uid}，不是自己的（用户 {geteuid()}），不去碰它。名字全机器共用：两边都换一个自己的。");
        return (*(ushort*)(st + 28) & 0xF000) == RegularFile ? *(long*)(st + 40) : throw new InvalidDataException($"\"{name}\" 不是普通文件。看看 ls -l /dev/shm：删掉它，或换一个名字。");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sem_init(byte* semaphore, int shared, uint value);

    [LibraryImport("libc")]
    private static partial int sem_getvalue(byte* semaphore, out int value);
}
