using System.Globalization;
using System.Text;
using CliWrap;
using Posix;
using static Posix.Libc;

namespace Examples.Tests.Support;

/// <summary>一根已经写满、没有人读的管道：以它为标准输出的进程，第一次打印就停在那里。</summary>
internal sealed unsafe class FullPipe : IDisposable
{
    private readonly int _read;
    private readonly int _write;

    public FullPipe()
    {
        int* pipe = stackalloc int[2];
        pipe2(pipe, O_CLOEXEC | O_NONBLOCK).ShouldBe(0);
        (_read, _write) = (pipe[0], pipe[1]);
        byte* block = stackalloc byte[4096];
        new Span<byte>(block, 4096).Clear();
        while (write(_write, block, 4096) > 0) { }
        while (write(_write, block, 1) > 0) { }
        Errno error = errno;
        error.ShouldBe(EAGAIN);
    }

    /// <summary>启动一个示例，标准输出接到这根管道；进程编号就是示例自己的。</summary>
    public Running Start(string project, params IEnumerable<string> args) => StartFile(Suite.Executable(project), args);

    /// <summary>启动任意一个程序，标准输出接到这根管道。</summary>
    public Running StartFile(string file, params IEnumerable<string> args) => new(Command(file, args));

    /// <summary>准备启动任意一个程序，标准输出接到这根管道。</summary>
    public Command Command(string file, params IEnumerable<string> args)
    {
        // 经 /proc 重新打开同一根管道：满了就等待，而不是像带 O_NONBLOCK 的这一端那样失败。
        string pipe = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_write}");
        return Suite.External("/bin/sh", ["-c", "pipe=$1; shift; exec \"$@\" > \"$pipe\"", "sh", pipe, file, .. args]);
    }

    /// <summary>读空它：停在打印上的进程得以继续。</summary>
    /// <returns>读到的文字；用来写满它的那些 0 不算。</returns>
    public string Drain()
    {
        var text = new StringBuilder();
        byte* block = stackalloc byte[4096];
        nint count;
        while ((count = read(_read, block, 4096)) > 0) text.Append(Encoding.UTF8.GetString(block, (int)count));
        return text.Replace("\0", "").ToString();
    }

    public void Dispose()
    {
        close(_read);
        close(_write);
    }
}
