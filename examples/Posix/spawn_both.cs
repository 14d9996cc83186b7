namespace Posix;

// 练习里的两个角色：一起启动，一起等。与主题无关，所以放在这里，练习里只剩一行。
public static unsafe partial class Libc
{
    /// <summary>用 <see cref="spawn_self"/> 把本程序再启动两次，等两个都结束。先结束的失败了，另一个可能永远等不到它，
    /// 就用 SIGTERM 结束另一个。</summary>
    /// <param name="first">先启动的，Main 收到的参数。</param>
    /// <param name="second">后启动的，Main 收到的参数。</param>
    /// <param name="descriptors">要交给两个子进程的描述符，同 <see cref="spawn_self"/>。</param>
    /// <returns>两个都以退出码 0 结束是 0，否则 1，可以直接作退出码。</returns>
    /// <remarks>启动、等待失败，也写一行，结束本进程，与 <c>Must</c> 一样。来源：posix_spawn(3)，waitpid(2)。</remarks>
    public static int spawn_both(string[] first, string[] second, params (int fd, int newfd)[] descriptors)
    {
        Must(spawn_self(out int one, first, descriptors), call: $"启动 {first[0]}");
        Errno error = spawn_self(out int two, second, descriptors);
        int ended = one, status = 1;
        if (error == 0) ended = Must(waitpid(-1, out status, 0));
        int other = ended == one && error == 0 ? two : one;
        if (status != 0) kill(other, SIGTERM);
        Must(waitpid(other, out int last, 0));
        Must(error, call: $"启动 {second[0]}");
        return status == 0 && last == 0 ? 0 : 1;
    }
}
