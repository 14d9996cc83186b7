using System.ComponentModel;
using System.Diagnostics;

namespace Examples;

/// <summary>一个自己的 /dev/shm：在私有的挂载命名空间里换上一个新的 tmpfs，别的进程看到的 /dev/shm 不变。</summary>
internal static class OwnShm
{
    // root 可以直接要一个挂载命名空间；别的用户要先有自己的用户命名空间，在里面当 root。private：里面的挂载不传到外面。
    private static readonly string[][] Ways =
    [
        ["--mount", "--propagation", "private"],
        ["--user", "--map-root-user", "--mount", "--propagation", "private"],
    ];

    /// <summary>命令的开头，后面接上程序和参数，程序看到的就是自己的 /dev/shm。</summary>
    /// <param name="options">tmpfs 的挂载选项，例如 <c>size=64k</c>。</param>
    /// <param name="refused">系统不允许时，每种办法各得到什么回答。</param>
    /// <returns>命令的开头；系统不允许时为 null。</returns>
    public static string[]? Prefix(string options, out string refused)
    {
        // 先空跑一次：能挂载再正式进去，之后的退出码就一定是里面的程序的。
        string mount = $"mount -t tmpfs -o {options} tmpfs /dev/shm";
        refused = "";
        foreach (string[] way in Ways)
        {
            string answer = Try([.. way, "sh", "-c", mount]);
            if (answer == "") return ["unshare", .. way, "sh", "-c", mount + " && exec \"$@\"", "sh"];
            refused += $"{(refused == "" ? "" : "；")}unshare {way[0]}：{answer}";
        }

        return null;
    }

    private static string Try(string[] args)
    {
        try
        {
            var start = new ProcessStartInfo("unshare", args) { RedirectStandardError = true };
            using Process trial = Process.Start(start)!;
            string error = trial.StandardError.ReadToEnd();
            trial.WaitForExit();
            return trial.ExitCode == 0 ? "" : $"{error.Split('\n')[0]}（退出码 {trial.ExitCode}）";
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }
}
