using System.Runtime.InteropServices;

namespace Posix;

/// <summary>errno 的值。编号取自 Linux 的通用表（asm-generic/errno.h），x64 与 arm64 相同。</summary>
public enum Errno;

/// <summary>
/// C 的头文件，搬到 C#：<c>using static Posix.Libc;</c> 之后，示例里的调用与 C 同名、同序。
/// 每个头文件一个源文件，合起来是这一个静态类。
/// </summary>
/// <remarks>
/// 适用于 Linux x64 与 arm64、glibc 2.34 以上（从这一版起 shm_open、sem_open 都在 libc.so.6 里）。
/// 这里没有 IDisposable，也没有异常：返回值与 errno 的约定和 C 一样，由调用者检查，<c>Must</c> 把它写成一行。
/// <para>
/// EINTR（被信号打断）：.NET 装的信号处理函数都带 SA_RESTART，所以一般的调用由内核重新开始。会一直等下去的调用
/// （sem_wait、waitpid、waitid、flock、read、write）
/// 和 SA_RESTART 管不到的 posix_fallocate、semop，由绑定重新调用；
/// poll 不重试，因为剩下的时间只有调用者知道；close 不能重试，因为描述符这时已经关闭。
/// </para>
/// </remarks>
public static unsafe partial class Libc
{
    /// <summary>没有权限做这个操作（不涉及文件的读写权限位）。</summary>
    public const Errno EPERM = (Errno)1;

    /// <summary>文件或名字不存在。</summary>
    public const Errno ENOENT = (Errno)2;

    /// <summary>没有这个进程。</summary>
    public const Errno ESRCH = (Errno)3;

    /// <summary>调用被信号打断，没有做完。</summary>
    public const Errno EINTR = (Errno)4;

    /// <summary>描述符没有打开，或打开的方式不对。</summary>
    public const Errno EBADF = (Errno)9;

    /// <summary>没有子进程可等。</summary>
    public const Errno ECHILD = (Errno)10;

    /// <summary>现在做不了，稍后再试；<c>sem_trywait</c> 遇到值为 0 的信号量。</summary>
    public const Errno EAGAIN = (Errno)11;

    /// <summary>内存或映射的个数不够。</summary>
    public const Errno ENOMEM = (Errno)12;

    /// <summary>权限位不允许；也见于用只读描述符建可写的共享映射。</summary>
    public const Errno EACCES = (Errno)13;

    /// <summary>地址不属于本进程，或没有相应的权限。</summary>
    public const Errno EFAULT = (Errno)14;

    /// <summary>正被占用。</summary>
    public const Errno EBUSY = (Errno)16;

    /// <summary>已经存在，而调用要求创建。</summary>
    public const Errno EEXIST = (Errno)17;

    /// <summary>这种文件不支持该操作，例如目录不能映射。</summary>
    public const Errno ENODEV = (Errno)19;

    /// <summary>路径中间的一段不是目录。</summary>
    public const Errno ENOTDIR = (Errno)20;

    /// <summary>是目录。</summary>
    public const Errno EISDIR = (Errno)21;

    /// <summary>参数不合规则。</summary>
    public const Errno EINVAL = (Errno)22;

    /// <summary>全系统打开的文件太多。</summary>
    public const Errno ENFILE = (Errno)23;

    /// <summary>本进程打开的描述符太多。</summary>
    public const Errno EMFILE = (Errno)24;

    /// <summary>超过文件大小的上限。</summary>
    public const Errno EFBIG = (Errno)27;

    /// <summary>文件系统满了。</summary>
    public const Errno ENOSPC = (Errno)28;

    /// <summary>管道不能定位。</summary>
    public const Errno ESPIPE = (Errno)29;

    /// <summary>文件系统是只读的。</summary>
    public const Errno EROFS = (Errno)30;

    /// <summary>管道另一端已经关闭。</summary>
    public const Errno EPIPE = (Errno)32;

    /// <summary>名字太长。</summary>
    public const Errno ENAMETOOLONG = (Errno)36;

    /// <summary>内核没有这个系统调用。</summary>
    public const Errno ENOSYS = (Errno)38;

    /// <summary>符号链接太多；带 <c>O_NOFOLLOW</c> 打开时，表示路径本身就是符号链接。</summary>
    public const Errno ELOOP = (Errno)40;

    /// <summary>System V 的对象在等待的时候被删除了。</summary>
    public const Errno EIDRM = (Errno)43;

    /// <summary>消息不合规则。</summary>
    public const Errno EBADMSG = (Errno)74;

    /// <summary>信号量的值超过上限，或数值放不下。</summary>
    public const Errno EOVERFLOW = (Errno)75;

    /// <summary>不支持。</summary>
    public const Errno EOPNOTSUPP = (Errno)95;

    /// <summary>地址已经有人用着；Unix 域套接字的路径已经有了。</summary>
    public const Errno EADDRINUSE = (Errno)98;

    /// <summary>到了时限还没有等到。</summary>
    public const Errno ETIMEDOUT = (Errno)110;

    /// <summary>那里没有人在等连接。</summary>
    public const Errno ECONNREFUSED = (Errno)111;

    /// <summary>持有锁的线程结束了；锁已经到手，锁住的数据可能改到一半。</summary>
    public const Errno EOWNERDEAD = (Errno)130;

    /// <summary>上一个拿到锁的没有修好数据就解锁了，这把锁从此不能用。</summary>
    public const Errno ENOTRECOVERABLE = (Errno)131;

    /// <summary>本线程最近一次失败的调用留下的错误编号。</summary>
    /// <remarks>
    /// 调用一返回，绑定就把 C 的 errno 存进 .NET 的线程变量（<c>SetLastError</c>），这里读的是它。
    /// 它只保存到下一次这样的调用：Console 与字符串格式化内部也会调用，所以失败后先取 errno，再做别的。
    /// 来源：errno(3)。
    /// </remarks>
    public static Errno errno => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>错误编号的名字，例如 <c>ENOENT</c>。</summary>
    /// <param name="errnum">错误编号。</param>
    /// <returns>名字；没有名字的编号原样返回数字。</returns>
    /// <remarks>glibc 2.32 起才有。来源：strerror(3)。</remarks>
    public static string strerrorname_np(Errno errnum) =>
        Marshal.PtrToStringUTF8((nint)strerrorname_raw(errnum)) ?? $"{(int)errnum}";

    /// <summary>错误编号的说明，例如 <c>No such file or directory</c>。</summary>
    /// <param name="errnum">错误编号。</param>
    /// <returns>libc 给出的说明文字。</returns>
    /// <remarks>来源：strerror(3)。</remarks>
    public static string strerror(Errno errnum) => Marshal.GetPInvokeErrorMessage((int)errnum);

    [LibraryImport("libc", EntryPoint = "strerrorname_np")]
    private static partial byte* strerrorname_raw(Errno errnum);

    // 上面说的 EINTR 的规矩。
    private static bool interrupted(nint result) => result == -1 && errno == EINTR;
}
