using System.ComponentModel;
using System.Diagnostics;
using static Examples.Observation;
using static Posix.Libc;

/// <summary>在私有的挂载命名空间里，把 /dev/shm 换成一个 64 KiB 的，再启动本程序；别的进程看到的 /dev/shm 不变。</summary>
internal static class PrivateShm
{
    /// <summary>私有的 /dev/shm 有多大，字节；是每种页大小（4、16、64 KiB）的整数倍。</summary>
    public const long Capacity = 64 * 1024;

    private const string Mount = "mount -t tmpfs -o size=64k tmpfs /dev/shm";

    // root 可以直接要一个挂载命名空间；别的用户要先有自己的用户命名空间，在里面当 root。private：里面的挂载不传到外面。
    private static readonly string[][] Ways = [["--mount", "--propagation", "private"], ["--user", "--map-root-user", "--mount", "--propagation", "private"]];

    /// <summary>在里面以给定的角色启动本程序，等它结束。</summary>
    /// <param name="role">角色，即本程序的参数。</param>
    /// <returns>它的退出码；系统不允许时说明原因，返回 0。</returns>
    public static int RunInside(string role)
    {
        // 先空跑一次：能挂载再正式进去，之后的退出码就一定是里面的程序的。
        string[] reasons = new string[Ways.Length];
        int way = 0;
        while (way < Ways.Length && (reasons[way] = Refusal(Ways[way])) != "") way++;
        if (way == Ways.Length)
        {
            string refused = string.Join('；', Ways.Zip(reasons, (options, reason) => $"unshare {string.Join(' ', options)} 得到「{reason}」"));
            Report("X9", "这个系统不允许换上 64 KiB 的 /dev/shm，没能观察", refused);
            return 0;
        }

        ulong before = OutsideBlocks();
        int exitCode = Enter(Ways[way], role);
        if (exitCode != 0) return exitCode;
        Observe("X9", "外面的 /dev/shm 不受影响，总块数", before, OutsideBlocks());
        return ExitCode;
    }

    /// <summary>描述符在那个 64 KiB 的 tmpfs 上，而不在大家的 /dev/shm 上。</summary>
    /// <param name="fd">描述符。</param>
    public static bool Holds(int fd) =>
        fstatfs(fd, out statfs_t fs) == 0 && fs.f_type == TMPFS_MAGIC && (long)fs.f_blocks * fs.f_bsize == Capacity;

    // 空字符串：允许。
    private static string Refusal(string[] way)
    {
        try
        {
            var start = new ProcessStartInfo("unshare", [.. way, "sh", "-c", Mount]) { RedirectStandardError = true };
            using Process trial = Process.Start(start)!;
            string error = trial.StandardError.ReadToEnd();
            trial.WaitForExit();
            return trial.ExitCode == 0 ? "" : $"{error.Split('\n')[0]}（退出码 {trial.ExitCode}）";
        }
        catch (Win32Exception e)
        {
            return e.NativeErrorCode == (int)ENOENT ? "没有 unshare 这个命令" : e.Message;
        }
    }

    private static int Enter(string[] way, string role)
    {
        // 本程序自己没有参数，命令行就是启动它的方式：一个可执行文件，或 dotnet 加 X.dll。
        string[] self = [Environment.ProcessPath!, .. File.ReadAllText("/proc/self/cmdline").Split('\0')[1..^1]];
        using Process inside = Process.Start("unshare", [.. way, "sh", "-c", Mount + " && exec \"$@\"", "sh", .. self, role]);
        inside.WaitForExit();
        if (inside.ExitCode > 1) Console.Error.WriteLine($"unshare {string.Join(' ', way)}: 里面的程序没有正常结束，退出码 {inside.ExitCode}。再运行一次。");
        return inside.ExitCode;
    }

    private static ulong OutsideBlocks()
    {
        int fd = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ulong blocks = fstatfs(fd, out statfs_t fs) == 0 ? fs.f_blocks : 0;
        close(fd);
        return blocks;
    }
}
