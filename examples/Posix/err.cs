using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ErrnoAdvice = (Posix.Errno When, string Say);

namespace Posix;

// C 的 <err.h>：err(1, "mmap") 打印调用和 errno 的说明，以退出码 1 结束进程。
// C# 的编译器还能给出调用的原文，不用再写一遍。
public static unsafe partial class Libc
{
    /// <summary>给读者的话的一种：这个错误在预料之中，不结束进程，返回值照样是失败。</summary>
    public const string Allowed = "";

    /// <summary>调用必须成功：失败就往标准错误写一行，以退出码 1 结束进程。那一行有调用的原文、错误的名字与说明、
    /// 读者能做什么。</summary>
    /// <param name="result">调用的返回值：-1、<see cref="MAP_FAILED"/>、<see cref="SEM_FAILED"/> 是失败；
    /// 直接返回错误编号的（posix_spawn 一类），不是 0 就是失败。</param>
    /// <param name="value">原文看不出是哪个对象时给出它，例如名字、路径：原文里的这个参数换成它的值；
    /// 不是参数，就补在后面。</param>
    /// <param name="a">遇到某个错误时给读者的话；没有列出的错误用通用的一句。</param>
    /// <param name="b">同上。</param>
    /// <param name="c">同上。</param>
    /// <param name="d">同上。</param>
    /// <param name="call">调用的原文，由编译器填写。</param>
    /// <param name="what"><paramref name="value"/> 的原文，由编译器填写。</param>
    /// <returns><paramref name="result"/>。</returns>
    /// <remarks>
    /// 结束之前会做已经登记的收尾（ProcessExit）。调用一返回，绑定就存好了 errno；其余的参数若又调用系统，就会改了它，
    /// 所以只用现成的值。来源：err(3)。
    /// </remarks>
    public static int Must(
        int result, object? value = null,
        ErrnoAdvice a = default, ErrnoAdvice b = default, ErrnoAdvice c = default, ErrnoAdvice d = default,
        [CallerArgumentExpression(nameof(result))] string call = "",
        [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (result == -1) Fail(errno, call, value, what, a, b, c, d);
        return result;
    }

    /// <summary>同上，返回值是 nint：read、write 一类。</summary>
    public static nint Must(
        nint result, object? value = null,
        ErrnoAdvice a = default, ErrnoAdvice b = default, ErrnoAdvice c = default, ErrnoAdvice d = default,
        [CallerArgumentExpression(nameof(result))] string call = "",
        [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (result == -1) Fail(errno, call, value, what, a, b, c, d);
        return result;
    }

    /// <summary>同上，返回值是 void*：mmap。</summary>
    public static void* Must(
        void* result, object? value = null,
        ErrnoAdvice a = default, ErrnoAdvice b = default, ErrnoAdvice c = default, ErrnoAdvice d = default,
        [CallerArgumentExpression(nameof(result))] string call = "",
        [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (result == MAP_FAILED) Fail(errno, call, value, what, a, b, c, d);
        return result;
    }

    /// <summary>同上，返回值是 sem_t*：sem_open。</summary>
    public static sem_t* Must(
        sem_t* result, object? value = null,
        ErrnoAdvice a = default, ErrnoAdvice b = default, ErrnoAdvice c = default, ErrnoAdvice d = default,
        [CallerArgumentExpression(nameof(result))] string call = "",
        [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (result == SEM_FAILED) Fail(errno, call, value, what, a, b, c, d);
        return result;
    }

    /// <summary>同上，返回值是错误编号：posix_fallocate、posix_spawn、pthread_mutex_lock 一类。</summary>
    public static Errno Must(
        Errno result, object? value = null,
        ErrnoAdvice a = default, ErrnoAdvice b = default, ErrnoAdvice c = default, ErrnoAdvice d = default,
        [CallerArgumentExpression(nameof(result))] string call = "",
        [CallerArgumentExpression(nameof(value))] string what = "")
    {
        if (result != 0) Fail(result, call, value, what, a, b, c, d);
        return result;
    }

    /// <summary>往标准错误写一行，结束进程：与 errno 无关的失败（退出码 1），或用法不对（退出码 2）。</summary>
    /// <param name="eval">退出码。</param>
    /// <param name="line">这一行；C 的 errx 会在前面加上程序名，这里不加。</param>
    /// <returns>不会返回；有返回值才能写进 switch 表达式。</returns>
    /// <remarks>结束之前会做已经登记的收尾（ProcessExit）。来源：err(3)。</remarks>
    [DoesNotReturn]
    public static int errx(int eval, string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // 标准错误写不进去，或者启动时就是关着的，只剩退出码可说。
        }

        Environment.Exit(eval);
        throw new UnreachableException();
    }

    private static void Fail(
        Errno error, string call, object? value, string what, params ReadOnlySpan<ErrnoAdvice> advice)
    {
        string say = General(call, error);
        foreach ((Errno when, string words) in advice)
        {
            if (when == error && words == Allowed) return;
            if (when == error && words != null) say = words;
        }

        // 调用在源代码里若分成几行，这里仍写成一行。
        call = string.Join(' ', call.Split('\n', StringSplitOptions.TrimEntries));

        // 参数写出它的值，像 strace 那样；要说的若不是一个参数，就补在后面。
        string shown = value is string text ? $"\"{text}\"" : $"{value}";
        string filled = call.Replace($"({what},", $"({shown},").Replace($" {what},", $" {shown},")
            .Replace($" {what})", $" {shown})");
        if (value != null) call = filled == call ? $"{call}（{what} 是 {shown}）" : filled;
        errx(1, $"{call}: {strerrorname_np(error)} ({strerror(error)})。{say}");
    }

    // 只凭调用和错误就能断定的话。有名字的两个调用先看，别的调用各种错误的意思都一样。
    private static string General(string call, Errno error)
    {
        bool shm = call.StartsWith("shm_open(", StringComparison.Ordinal);
        bool sem = call.StartsWith("sem_open(", StringComparison.Ordinal);
        bool path = call.StartsWith("open(", StringComparison.Ordinal);
        if (path && error == EACCES) return "没有权限：文件，或者路径上的某个目录，不许访问；namei -l 加路径看每一段。";
        if (!shm && !sem) return General(error);
        return error switch
        {
            EACCES => "没有权限，看 ls -l /dev/shm。名字属于别的用户：对方若是同伴，"
                + "两边要以同一个用户运行（容器可用 --user），若是别人，请换一个名字；属于自己：是权限位不许。"
                + "没有这个名字：是不许在 /dev/shm 里创建（ls -ld /dev/shm，应当是 drwxrwxrwt）。",
            ENOENT when call.Contains("O_CREAT") => "/dev/shm 不在，或者是指向不存在的目录的链接：看 ls -ld /dev/shm。",
            EROFS => "/dev/shm 是只读的：看 mount 里的 /dev/shm 一行。",
            ELOOP => "/dev/shm 下的这个名字是符号链接，shm_open 与 sem_open 不跟随：请换一个名字。",
            ENOENT => "没有这个名字：另一方还没有创建，或者已经删除；ls /dev/shm 列出现有的。",
            EINVAL or ENAMETOOLONG when sem => "信号量的名字不能为空，除开头外不能有斜杠，至多 251 字节。",
            EINVAL or ENAMETOOLONG => "名字形如 /memmap：不能为空，除开头外不能有斜杠，至多 255 字节，也不能是目录。",
            _ => General(error),
        };
    }

    private static string General(Errno error) => error switch
    {
        ENOENT => "先确认路径或名字写对了。",
        EACCES or EPERM => "没有权限：它可能属于别的用户（ls -l 看属主），也可能是描述符的打开方式不够。",
        EEXIST => "已经有了：换一个名字，或先删掉旧的。",
        EMFILE => "本进程打开的描述符太多：用 ulimit -n 放宽。",
        ENFILE => "系统打开的文件太多：关掉一些程序再试。",
        ENOMEM => "内存或地址空间不够：free -h 与 ulimit -v 可查看。",
        EAGAIN => "进程或线程太多，或暂时没有资源：用 ulimit -u 查看上限。",
        ENOSPC => "空间用完了：看 df -h 与 df -i。",
        EFBIG => "超过了文件大小的上限：用 ulimit -f 查看。",
        ENAMETOOLONG => "名字太长：换一个短的。",
        EISDIR => "路径指的是目录：换一个名字。",
        ENOTDIR => "路径中间的一段不是目录：检查路径。",
        ELOOP => "它是符号链接，这里不跟随：直接给出实际文件的路径。",
        EROFS => "文件系统是只读的：换一个可写的位置。",
        ENODEV => "这个文件，或者它所在的文件系统，不能映射。",
        EPIPE or ECONNRESET => "对方关闭了它的一头，多半已经结束。",
        ENOSYS => "内核没有这个系统调用，或者沙箱不许用它。",
        _ => "请对照 man 手册里这个调用的 ERRORS 一节。",
    };
}
