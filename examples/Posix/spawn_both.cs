namespace Posix;

// 练习里的两三个角色：一起启动，一起等。与主题无关，所以放在这里，练习里只剩一行。
public static unsafe partial class Libc
{
    /// <summary>用 <see cref="spawn_self"/> 把本程序再启动两次，等两个都结束；同 <see cref="spawn_all"/>。</summary>
    /// <param name="first">先启动的，Main 收到的参数。</param>
    /// <param name="second">后启动的，Main 收到的参数。</param>
    /// <param name="descriptors">要交给两个子进程的描述符，同 <see cref="spawn_self"/>。</param>
    /// <returns>两个都以退出码 0 结束是 0，否则 1，可以直接作退出码。</returns>
    public static int spawn_both(string[] first, string[] second, params (int fd, int newfd)[] descriptors) =>
        spawn_all([first, second], descriptors);

    /// <summary>用 <see cref="spawn_self"/> 把本程序再启动几次，等它们都结束。有一个失败了，其余的可能永远等不到它，
    /// 就用 SIGTERM 结束其余的。</summary>
    /// <param name="roles">按启动的次序，各自的 Main 收到的参数。</param>
    /// <param name="descriptors">要交给每个子进程的描述符，同 <see cref="spawn_self"/>。</param>
    /// <returns>都以退出码 0 结束是 0，否则 1，可以直接作退出码。</returns>
    /// <remarks>启动、等待失败，也写一行，结束本进程，与 <c>Must</c> 一样。来源：posix_spawn(3)，waitpid(2)。</remarks>
    public static int spawn_all(string[][] roles, params (int fd, int newfd)[] descriptors)
    {
        var running = new List<int>();
        Errno error = 0;
        foreach (string[] role in roles.TakeWhile(_ => error == 0))
        {
            error = spawn_self(out int pid, role, descriptors);
            if (error == 0) running.Add(pid);
        }

        string last = $"启动 {roles[Math.Min(running.Count, roles.Length - 1)][0]}";
        bool failed = error != 0;
        while (running.Count > 0)
        {
            if (failed) running.ForEach(pid => kill(pid, SIGTERM));
            int ended = Must(waitpid(-1, out int status, 0));
            if (running.Remove(ended)) failed |= status != 0;
        }

        Must(error, call: last);
        return failed ? 1 : 0;
    }
}
