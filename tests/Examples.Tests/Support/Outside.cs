using System.Globalization;

namespace Examples.Tests.Support;

/// <summary>从外面看一个进程。</summary>
internal static class Outside
{
    /// <summary>子进程；posix_spawn 的子进程在 exec 之前看上去和父进程一样，不算在内。</summary>
    /// <param name="pid">进程编号。</param>
    public static int[] Children(int pid)
    {
        string self = Read($"/proc/{pid}/cmdline");
        return [.. AllChildren(pid).Where(child => Read($"/proc/{child}/cmdline") is not "" and var line && line != self)];
    }

    /// <summary>子进程，刚刚分出来的、只等人来取状态的也算；进程没有了就没有子进程。</summary>
    /// <param name="pid">进程编号。</param>
    public static int[] AllChildren(int pid)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{pid}/task").SelectMany(task => Read(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>/proc/PID/stat 里状态和它之后的各项；进程没有了就是空的。</summary>
    /// <param name="pid">进程编号。</param>
    public static string[] Stat(int pid)
    {
        // 名字可以含空格和括号，状态在最后一个右括号之后。
        string stat = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return stat == "" ? [] : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    /// <summary>命令行，各个词之间是 NUL；进程没有了就是空的。</summary>
    /// <param name="pid">进程编号。</param>
    public static string CommandLine(int pid) => Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline"));

    /// <summary>打开着的描述符：它在 /proc 下的路径，和指向的文件。</summary>
    /// <param name="pid">进程编号。</param>
    public static (string Path, string Target)[] OpenFiles(int pid)
    {
        try
        {
            string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd");
            return [.. Directory.GetFileSystemEntries(folder).Select(path => (path, File.ResolveLinkTarget(path, returnFinalTarget: false)?.ToString() ?? ""))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // 读到一半描述符关闭了，进程结束了，或正在换用户命名空间：下次再看。
            return [];
        }
    }

    /// <summary>还在运行；已经结束、只等人来取状态的不算。</summary>
    /// <param name="pid">进程编号。</param>
    public static bool IsRunning(int pid) => State(pid) is not ('Z' or 'X');

    /// <summary>主线程睡着，在等什么。</summary>
    /// <param name="pid">进程编号。</param>
    public static bool IsSleeping(int pid) => State(pid) == 'S';

    // 进程没有了就当 X。
    private static char State(int pid) => Stat(pid) is [var state, ..] ? state[0] : 'X';

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
