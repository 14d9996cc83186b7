using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>系统调用失败时的那一行：哪个调用、什么参数、什么错误、读者能做什么。</summary>
internal static class Failure
{
    /// <summary>往标准错误写一行，返回退出码 1。</summary>
    /// <param name="errnum">错误编号。放在第一个：C# 从左到右求值，这样在拼字符串之前就取走了 errno。</param>
    /// <param name="call">失败的调用，连同参数的值。</param>
    /// <param name="advice">这个调用遇到某个错误时给读者的话；没有列出的错误用通用的一句。</param>
    /// <returns>1。</returns>
    public static int Fail(Errno errnum, string call, params (Errno When, string Say)[] advice)
    {
        string say = advice.FirstOrDefault(a => a.When == errnum).Say ?? General(errnum);
        Console.Error.WriteLine($"{call}: {strerrorname_np(errnum)} ({strerror(errnum)})。{say}");
        return 1;
    }

    /// <summary>一次可以失败的调用的结果，用来写进观察。</summary>
    /// <param name="result">调用的返回值；传进来之前不能有别的调用，否则 errno 已经是别人的。</param>
    /// <returns><c>成功</c>，或错误的名字，例如 <c>EBUSY</c>。</returns>
    public static string Outcome(int result) => result == -1 ? strerrorname_np(errno) : "成功";

    private static string General(Errno errnum) => errnum switch
    {
        ENOENT => "先确认路径或名字写对了。",
        EACCES or EPERM => "没有权限：它可能属于别的用户（ls -l 看属主），也可能是描述符的打开方式不够。",
        EEXIST => "已经有了：换一个名字，或先删掉旧的。",
        EINVAL => "参数不合规则，对照 man 手册检查。",
        EMFILE => "本进程打开的描述符太多：用 ulimit -n 放宽。",
        ENFILE => "系统打开的文件太多：关掉一些程序再试。",
        ENOMEM => "内存不够：关掉一些程序再试，free -h 可查看。",
        ENOSPC => "空间不够：用 df -h 看看满在哪里，删掉不用的文件。",
        EFBIG => "超过了文件大小的上限：用 ulimit -f 查看。",
        ENAMETOOLONG => "名字太长：换一个短的。",
        EISDIR => "它是目录：换一个名字。",
        ENOTDIR => "路径中间的一段不是目录：检查路径。",
        ELOOP => "它是符号链接，这里不跟随：直接给出实际文件的路径。",
        EROFS => "文件系统是只读的：换一个可写的位置。",
        ENODEV => "这种文件不能映射：换一个普通文件。",
        ENOSYS => "内核太旧或被沙箱拦住了：需要 Linux 5.10 以上。",
        _ => "对照 man 手册里这个调用的 ERRORS 一节。",
    };
}
