using CliWrap;
using Posix;
using static Posix.Libc;

namespace Examples.Tests.Support;

/// <summary>一根已经写满、没有人读的管道：以它为标准输出的进程，第一次打印就停在那里。</summary>
internal sealed unsafe class FullPipe : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly int _fd;

    public FullPipe()
    {
        Cli.Wrap("mkfifo").WithArguments(Path).ExecuteAsync().GetAwaiter().GetResult();
        _fd = open(Path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        _fd.ShouldNotBe(-1);
        byte* block = stackalloc byte[4096];
        while (write(_fd, block, 4096) > 0) { }
        Errno error = errno;
        error.ShouldBe(EAGAIN);
    }

    private string Path => _temp["pipe"];

    /// <summary>启动一个示例，标准输出接到这根管道。</summary>
    public Running Start(string project, params IEnumerable<string> args) => StartFile(Suite.Executable(project), args);

    /// <summary>启动任意一个程序，标准输出接到这根管道。</summary>
    public Running StartFile(string file, params IEnumerable<string> args) =>
        new(Suite.External("/bin/sh", ["-c", "pipe=$1; shift; exec \"$@\" > \"$pipe\"", "sh", Path, file, .. args]));

    public void Dispose()
    {
        close(_fd);
        _temp.Dispose();
    }
}
