using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>编进舞台上的每个程序：每条语句之前停一次，告诉舞台停在哪里、局部变量是什么，舞台放行才往下走。</summary>
internal static unsafe class StageStop
{
    // 写给舞台的一行：各层调用之间、各项之间用这两个字符隔开。
    private const char Layer = '\x1e', Field = '\x1f';
    private const int F_DUPFD_CLOEXEC = 1030;

    private static readonly List<string> Layers = [];
    private static int _socket = -1, _thread, _depth;

    /// <summary>在舞台上。不在的时候，只多看这一眼。</summary>
    public static bool IsOn => _socket != -1;

    /// <summary>代替 Random.Shared：种子固定，同样的次序就有同样的值；每个进程启动时的参数不同，值也不同。</summary>
    public static Random Random { get; } = new(Environment.GetCommandLineArgs().Skip(1).Aggregate(13, (seed, arg) => (seed * 31) + (char.IsAsciiLetter(arg.FirstOrDefault()) ? arg.Length : 1)));

    /// <summary>在 Main 之前接上舞台。只有主线程停；别的线程照常运行。</summary>
    [ModuleInitializer]
    internal static void Connect()
    {
        string? path = Environment.GetEnvironmentVariable("STAGE_SOCKET");
        if (path == null) return;
        byte[] address = new byte[110];
        address[0] = 1;
        Encoding.UTF8.GetBytes(path, address.AsSpan(2));
        int low = socket(1, 1 | 0x80000, 0);
        fixed (byte* start = address)
        {
            if (low == -1 || connect(low, start, address.Length) == -1) _exit(125);
        }

        // 挪到很大的编号：程序自己打开的描述符，编号就和不上舞台时一样。
        _socket = fcntl(low, F_DUPFD_CLOEXEC, 400);
        close(low);
        _thread = Environment.CurrentManagedThreadId;

        // 舞台没有了，睡在别的调用里的也跟着结束。
        new Thread(() =>
        {
            long hangUp = (uint)_socket | (0x2000L << 32);
            while (poll(&hangUp, 1, -1) != 1)
            {
            }

            _exit(125);
        }) { IsBackground = true }.Start();

        // .NET 处理信号用的管道现在就创建：之后出现的管道，都是程序自己的。
        PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => { }).Dispose();
        Send(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}"));
    }

    /// <summary>进入一个函数；离开时由 using 收回。</summary>
    public static Frame Enter(string function)
    {
        if (_socket == -1 || Environment.CurrentManagedThreadId != _thread) return default;
        Layers.Add(function);
        return new Frame(++_depth);
    }

    /// <summary>停在一条语句之前。</summary>
    /// <param name="site">哪一条语句。</param>
    /// <param name="locals">此刻有值的局部变量：名字、值，一对一对。</param>
    public static void At(int site, params object?[] locals)
    {
        if (_socket == -1 || Environment.CurrentManagedThreadId != _thread || _depth == 0) return;
        var line = new StringBuilder(Layers[_depth - 1].Split(Field)[0]).Append(Field).Append(site);
        for (int i = 0; i < locals.Length; i += 2) line.Append(Field).Append(locals[i]).Append('=').Append(Clean(Show(locals[i + 1])));
        Layers[_depth - 1] = line.ToString();
        Again();
    }

    /// <summary>在同一条语句里再停一次：条件已经看过，还没有动手。</summary>
    public static void Again()
    {
        if (_socket == -1 || Environment.CurrentManagedThreadId != _thread || _depth == 0) return;
        Send(string.Join(Layer, Layers));
        byte go;
        while (read(_socket, &go, 1) != 1)
        {
            // 舞台没有了，就不该留下：没有人会再放行。
            if (Marshal.GetLastSystemError() != 4) _exit(125);
        }
    }

    /// <summary>指针的值；指着哪个对象由舞台从外面看。</summary>
    public static string Pointer(void* value) => string.Create(CultureInfo.InvariantCulture, $"@{(ulong)value:x}");

    private static void Send(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + '\n');
        fixed (byte* start = bytes)
        {
            for (int sent = 0; sent < bytes.Length;)
            {
                nint count = send(_socket, start + sent, bytes.Length - sent, 0x4000);
                if (count <= 0) _exit(125);
                sent += (int)count;
            }
        }
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text when text.StartsWith('@') => text,
        string text => $"\"{(text.Length > 60 ? text[..60] + "…" : text)}\"",
        bool yes => yes ? "true" : "false",
        char one => $"'{one}'",
        byte[] bytes => $"\"{Encoding.UTF8.GetString(bytes[..Math.Min(60, bytes.Length)])}\"（{bytes.Length} 字节）",
        string[] texts => $"[{string.Join(", ", texts.Take(6).Select(Show))}]",
        ICollection many => $"{many.Count} 项",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.GetType().Name,
    };

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char one in text)
        {
            if (one == '\0') clean.Append("\\0");
            else if (one == '\n') clean.Append("\\n");
            else clean.Append(char.IsControl(one) ? '·' : one);
        }

        return clean.ToString();
    }

    /// <summary>一层调用。</summary>
    public readonly struct Frame(int depth) : IDisposable
    {
        public void Dispose()
        {
            if (depth == 0) return;
            _depth = depth - 1;
            Layers.RemoveRange(_depth, Layers.Count - _depth);
        }
    }

    [DllImport("libc")]
    private static extern int socket(int domain, int type, int protocol);

    [DllImport("libc")]
    private static extern int connect(int fd, byte* address, int length);

    [DllImport("libc")]
    private static extern int fcntl(int fd, int command, int argument);

    [DllImport("libc")]
    private static extern int poll(void* fds, nuint count, int timeout);

    [DllImport("libc")]
    private static extern int close(int fd);

    [DllImport("libc")]
    private static extern nint send(int fd, byte* buffer, nint count, int flags);

    [DllImport("libc")]
    private static extern nint read(int fd, byte* buffer, nint count);

    [DllImport("libc")]
    private static extern void _exit(int status);
}
