using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>一个程序的母进程：运行时已经启动，停在 Main 之前，要一个进程就分叉一个；做法见 Inside/StageFork.cs。</summary>
internal sealed unsafe class ForkServer : IDisposable
{
    // 分叉出来的进程里没有终结器线程，收尾也由 StageFork 来做：自己启动线程的、接管信号的、靠终结器的、登记 C 的收尾的、用有名 Mutex 的（运行时在里面写下自己的编号，那是母进程的）、读 /proc 下的命令行的（也是母进程的），每次从头启动。
    private static readonly Regex Avoided = new("""\bThread\b|PosixSignal|Finaliz|"Exit"|new Mutex\(|Mutex\.(Try)?Open|/cmdline|atexit|on_exit""");

    // 一次送到的就是一句完整的话。
    private const SocketType SOCK_SEQPACKET = (SocketType)5;

    private readonly int _pid = -1, _socket;
    private bool _fails;

    /// <summary>启动；启动不了，<see cref="Fork"/> 就总是失败。</summary>
    public ForkServer(string program, string[] environment)
    {
        int* pair = stackalloc int[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) throw new IOException($"socketpair: {strerror((Errno)Marshal.GetLastPInvokeError())}");
        _socket = pair[0];
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (Launch.Spawn(out int pid, [program], [.. environment, "STAGE_FORK=1", $"DOTNET_STARTUP_HOOKS={program}.dll", "DOTNET_gcConcurrent=0"], nowhere, nowhere, stdin: pair[1]) == 0) _pid = pid;
        close(nowhere);
        close(pair[1]);
    }

    /// <summary>这样的程序可以分叉。</summary>
    public static bool Suits(string source) => !Avoided.IsMatch(source);

    /// <summary>分叉出一个进程；它归我们收养，和我们启动的一样。</summary>
    /// <param name="space">换到哪个 System V 的命名空间，/proc 下的路径；空的是不换。</param>
    /// <param name="args">它的参数。</param>
    /// <returns>它不在了，或者很久没有回答，从此就是 false。</returns>
    public bool Fork(string space, string stdout, string stderr, string[] args, out int pid)
    {
        byte[] request = Encoding.UTF8.GetBytes(string.Join('\0', [space, stdout, stderr, .. args]));
        var answer = new pollfd_t { fd = _socket, events = POLLIN };
        int child = 0;
        fixed (byte* start = request)
        {
            _fails = _fails || write(_socket, start, (nuint)request.Length) != request.Length || poll(&answer, 1, 10_000) != 1 || read(_socket, &child, sizeof(int)) != sizeof(int) || child <= 0;
            pid = child;
            return !_fails;
        }
    }

    public void Dispose()
    {
        close(_socket);

        // 套接字关了，它就会结束；也许已经与别的进程一起被结束、取走了状态。
        if (_pid != -1 && waitpid(_pid, out _, WNOHANG) == 0 && kill(_pid, SIGKILL) == 0) _ = waitpid(_pid, out _, 0);
    }
}
