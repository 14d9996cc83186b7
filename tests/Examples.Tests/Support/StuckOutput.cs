using System.Globalization;
using CliWrap;
using static Posix.Libc;

namespace Examples.Tests.Support;

/// <summary>一条写满了、没有人读的管道：把它当标准输出的程序，停在自己的第一行输出上。</summary>
internal sealed class StuckOutput : IDisposable
{
    private readonly int _read;
    private readonly int _write;

    public unsafe StuckOutput()
    {
        int* pipe = stackalloc int[2];
        pipe2(pipe, O_CLOEXEC | O_NONBLOCK).ShouldBe(0);
        (_read, _write) = (pipe[0], pipe[1]);
        byte* page = stackalloc byte[4096];
        while (write(_write, page, 4096) > 0) { }
        while (write(_write, page, 1) > 0) { }
    }

    /// <summary>准备启动一个示例，它的标准输出是这条管道；进程编号就是示例自己的。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    public Command Command(string project)
    {
        // 经 /proc 重新打开同一条管道：写满时等待，而不是像 O_NONBLOCK 的这一端那样失败。
        string pipe = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_write}");
        return Suite.External("/bin/sh", "-c", "exec \"$0\" >\"$1\"", Suite.Executable(project), pipe);
    }

    public void Dispose()
    {
        close(_read);
        close(_write);
    }
}

/// <summary>从外面看一个进程。</summary>
internal static class Outside
{
    /// <summary>等到条件成立；条件只能从外面看到，没有人会来通知，所以隔一会儿看一次。到时仍不成立，测试失败。</summary>
    /// <param name="what">等的是什么。</param>
    /// <param name="condition">条件。</param>
    public static async Task Until(string what, Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Suite.Limit);
        while (!condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse($"没有等到：{what}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>主线程启动的子进程。</summary>
    /// <param name="pid">进程编号。</param>
    public static int[] Children(int pid)
    {
        string file = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task/{pid}/children");
        return [.. Read(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

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

    // 名字可以含空格和括号，状态在最后一个右括号之后；进程没有了就当 X。
    private static char State(int pid)
    {
        string stat = Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return stat == "" ? 'X' : stat[stat.LastIndexOf(')') + 2];
    }

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
