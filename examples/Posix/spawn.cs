using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>子进程启动前要做的描述符操作，内容不公开，用 <c>posix_spawn_file_actions_*</c> 操作。</summary>
    /// <remarks>C 里的大小随 libc 而定（glibc 为 80 字节），这里留足 256 字节。</remarks>
    [InlineArray(32)]
    public struct posix_spawn_file_actions_t
    {
        private ulong _opaque;
    }

    /// <summary>子进程的属性，内容不公开；本库只传 null，即全取默认。</summary>
    public struct posix_spawnattr_t;

    /// <summary>启动一个新程序作为子进程。</summary>
    /// <param name="pid">子进程编号；失败时没有意义。</param>
    /// <param name="path">可执行文件的路径，不搜索 PATH。</param>
    /// <param name="actions">启动前的描述符操作；可以为 null。</param>
    /// <param name="attributes">null。</param>
    /// <param name="argv">参数，第一个是程序名，以空指针结尾，UTF-8。</param>
    /// <param name="envp">环境变量，形如 <c>名字=值</c>，以空指针结尾，UTF-8。</param>
    /// <returns>0；失败时<b>直接返回</b>错误编号，不设 errno。</returns>
    /// <remarks>常见错误：ENOENT、EACCES、ENOMEM、EAGAIN（进程太多）。来源：posix_spawn(3)。</remarks>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Errno posix_spawn(
        out int pid, string path, posix_spawn_file_actions_t* actions, posix_spawnattr_t* attributes, byte** argv,
        byte** envp);

    /// <summary>初始化一组空的描述符操作，用完要 <see cref="posix_spawn_file_actions_destroy"/>。</summary>
    /// <param name="actions">待初始化的对象。</param>
    /// <returns>0；失败时直接返回错误编号，例如 ENOMEM。</returns>
    /// <remarks>来源：posix_spawn(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno posix_spawn_file_actions_init(posix_spawn_file_actions_t* actions);

    /// <summary>加一步：在子进程里 <c>dup2(fd, newfd)</c>，新描述符不带 <c>O_CLOEXEC</c>。</summary>
    /// <param name="actions">描述符操作。</param>
    /// <param name="fd">父进程的描述符。</param>
    /// <param name="newfd">在子进程里的编号。</param>
    /// <returns>0；失败时直接返回错误编号，例如 EBADF、ENOMEM。</returns>
    /// <remarks>来源：posix_spawn(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno posix_spawn_file_actions_adddup2(
        posix_spawn_file_actions_t* actions, int fd, int newfd);

    /// <summary>加一步：在子进程里关闭 fd；没有打开也不算错。</summary>
    /// <param name="actions">描述符操作。</param>
    /// <param name="fd">描述符。</param>
    /// <returns>0；失败时直接返回错误编号，例如 EBADF、ENOMEM。</returns>
    /// <remarks>来源：posix_spawn(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno posix_spawn_file_actions_addclose(posix_spawn_file_actions_t* actions, int fd);

    /// <summary>加一步：在子进程里关闭 from 以上（含）的全部描述符。</summary>
    /// <param name="actions">描述符操作。</param>
    /// <param name="from">第一个要关闭的描述符。</param>
    /// <returns>0；失败时直接返回错误编号，例如 EBADF、ENOMEM。</returns>
    /// <remarks>glibc 2.34 起才有。来源：posix_spawn_file_actions_addclosefrom_np（glibc 手册）。</remarks>
    [LibraryImport("libc")]
    public static partial Errno posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t* actions, int from);

    /// <summary>释放描述符操作占用的内存。</summary>
    /// <param name="actions">描述符操作。</param>
    /// <returns>0。</returns>
    /// <remarks>来源：posix_spawn(3)。</remarks>
    [LibraryImport("libc")]
    public static partial Errno posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* actions);
}
