global using StageStop = Staged.StageStop;

// using 写在命名空间里面：程序自己的名字（例如最上层的局部函数 close、常量 O_TMPFILE）都在外面，碰不到这里的；隐式的 using 也在外面，程序若有自己的 Directory 类，碰到的就是它，所以这里再写一遍。
namespace Staged;

using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Posix;
using static Posix.Libc;

/// <summary>编进舞台上的每个程序：每条语句之前停一次，告诉舞台停在哪里、局部变量是什么，舞台放行才往下走。</summary>
internal static unsafe class StageStop
{
    // 写给舞台的一行：各层调用之间、各项之间用这两个字符隔开。
    private const char Layer = '\x1e', Field = '\x1f';

    // 写给舞台的不是停在哪里，而是做了什么：开头有它。
    private const char Note = '\x1d';
    private const int AF_UNIX = 1, SOCK_SEQPACKET = 5, SOCK_CLOEXEC = 0x80000, MSG_NOSIGNAL = 0x4000, F_DUPFD_CLOEXEC = 1030, EINTR = 4;
    private const PollEvents POLLRDHUP = (PollEvents)0x2000;

    private static readonly List<string> Layers = [];

    // 示例的 Undo 里登记了几步；一个文件的程序没有它。按名字找、值元组的 Linq，运行时没有编译好的：每个进程都编译，要二十毫秒。
    private static readonly FieldInfo? Actions = typeof(StageStop).Assembly.GetTypes().FirstOrDefault(t => t is { Namespace: "Examples", Name: "Undo" })?.GetField("Actions", BindingFlags.NonPublic | BindingFlags.Static);

    // 静态变量已经有了初值的类型。没有初值的不能看：一看就算了。
    private static readonly HashSet<Type> Initialized = [];

    // 程序自己的静态变量；编译器生成的、示例共用的准备不算，没有初值的只读的也不算。
    private static readonly Lazy<FieldInfo[]> Statics = new(() =>
    [
        .. typeof(StageStop).Assembly.GetTypes().Where(t => t.Namespace is not ("Examples" or "Posix" or "Staged") && !t.Name.StartsWith('<') && !t.ContainsGenericParameters)
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => f is { IsLiteral: false, FieldType.IsPointer: false } && (!f.IsInitOnly || HasInitializer(f)) && !f.Name.StartsWith("<>", StringComparison.Ordinal)),
    ]);

    // 自己的临时目录每次不同，先换掉再截短：截在半中间，外面就认不出来了。
    private static readonly string Temp = Environment.GetEnvironmentVariable("TMPDIR") ?? "/tmp";

    // 最后抛出的异常：正在离开的 using 里停着的时候，它还没有人接住，也是状态。
    private static string _thrown = "";

    private const int MostLooks = 7;
    private static int _socket = -1, _thread, _depth, _looks, _again;

    // 舞台上的钟，看一眼过一天，到第七眼就不走了：同样的次序有同样的值，有期限的等待很快到期，看了几眼也是状态。
    private static TimeSpan Later => TimeSpan.FromDays(_looks += _looks < MostLooks ? 1 : 0);

    /// <summary>代替 DateTime.UtcNow 与 DateTime.Now。</summary>
    public static DateTime Now => IsOn ? new DateTime(2025, 12, 31, 0, 0, 0, DateTimeKind.Utc) + Later : DateTime.UtcNow;

    /// <summary>代替 DateTimeOffset.UtcNow 与 DateTimeOffset.Now。</summary>
    public static DateTimeOffset OffsetNow => Now;

    /// <summary>代替 Environment.TickCount64。</summary>
    public static long TickCount64 => IsOn ? (long)Later.TotalMilliseconds : Environment.TickCount64;

    /// <summary>代替 Environment.TickCount。</summary>
    public static int TickCount => (int)TickCount64;

    /// <summary>代替 Environment.Exit：分叉出来的进程自己收尾。</summary>
    public static void Exit(int code) => StageFork.Exit(code);

    /// <summary>在舞台上。</summary>
    public static bool IsOn => _socket != -1;

    /// <summary>舞台说了不再停。</summary>
    public static bool IsFree { get; private set; }

    /// <summary>舞台说了不再停，走过这么多处还没有结束，就又停下：一遍一遍地问着的，不会自己结束。</summary>
    public static int MostPassed { get; set; } = 2_000_000;

    /// <summary>不再停之后，走过了几处。</summary>
    public static int Passed { get; private set; }

    /// <summary>该停了。不在舞台上的时候，只多看这一眼。</summary>
    public static bool Stops() => IsOn && (!IsFree || ++Passed >= MostPassed);

    /// <summary>代替 Random.Shared：种子固定，同样的次序就有同样的值；每个进程启动时的参数不同，值也不同。</summary>
    public static Random Random => field ??= new(Environment.GetCommandLineArgs().Skip(1).Aggregate(int.Parse(Environment.GetEnvironmentVariable("STAGE_SEED") ?? "13", CultureInfo.InvariantCulture), (seed, arg) => (seed * 31) + (char.IsAsciiLetter(arg.FirstOrDefault()) ? arg.Length : 1)));

    // 只有主线程停。
    private static bool IsHere => _socket != -1 && Environment.CurrentManagedThreadId == _thread;

    /// <summary>在 Main 之前接上舞台；是用来分叉的，由分叉出来的进程去接。只有主线程停；别的线程照常运行。</summary>
    [ModuleInitializer]
    internal static void Connect()
    {
        if (Environment.GetEnvironmentVariable("STAGE_FORK") != null) StageFork.Wait();
        string? path = Environment.GetEnvironmentVariable("STAGE_SOCKET");
        if (path == null) return;

        // .NET 处理信号用的管道现在就创建：接上舞台之后才出现的管道，都是程序自己的。
        PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => { }).Dispose();
        byte[] address = new byte[110];
        address[0] = AF_UNIX;
        Encoding.UTF8.GetBytes(path, address.AsSpan(2));
        int low = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        // 挪到大一些的编号：程序自己打开的描述符，编号就和不上舞台时一样。不超过 63：再大，内核要扩大描述符的表，等上十毫秒。
        // 先挪再接上：舞台一接上就看有哪些描述符，看到一半再挪，就会漏看，以后把它当作程序自己的。
        _socket = fcntl(low, F_DUPFD_CLOEXEC, 60);
        close(low);
        fixed (byte* start = address)
        {
            if (_socket == -1 || connect(_socket, start, address.Length) == -1) _exit(125);
        }

        _thread = Environment.CurrentManagedThreadId;

        AppDomain.CurrentDomain.FirstChanceException += (_, e) => _thrown = IsHere ? Hidden(e.Exception) : _thrown;

        // 结束时的收尾在另一个线程里运行，主线程等着它：那里也停。
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            (_thread, _depth) = (Environment.CurrentManagedThreadId, 0);
            Layers.Clear();
        };

        // 舞台没有了，睡在别的调用里的也跟着结束。先在这里调用一次：头一次要找 libc，会打开几个文件，
        // 若在另一个线程里，程序自己打开的描述符编号就每次不同。
        var hangUp = new pollfd_t { fd = _socket, events = POLLRDHUP };
        poll(&hangUp, 1, 0);
        new Thread(() =>
        {
            var closed = new pollfd_t { fd = _socket, events = POLLRDHUP };
            while (poll(&closed, 1, -1) != 1)
            {
            }

            _exit(125);
        }) { IsBackground = true }.Start();
    }

    /// <summary>代替程序调用的 sem_init：创建成了，告诉舞台在哪个地址，舞台从此把那里当作信号量看。</summary>
    public static int sem_init(sem_t* sem, int pshared, uint value) => Told("sem_init", sem, Posix.Libc.sem_init(sem, pshared, value));

    /// <summary>代替程序调用的 sem_destroy。</summary>
    public static int sem_destroy(sem_t* sem) => Told("sem_destroy", sem, Posix.Libc.sem_destroy(sem));

    /// <summary>代替 Stopwatch 的。</summary>
    public static TimeSpan Elapsed(Stopwatch clock) => IsOn ? Later : clock.Elapsed;

    /// <summary>同 <see cref="Elapsed"/>，毫秒。</summary>
    public static long ElapsedMilliseconds(Stopwatch clock) => (long)Elapsed(clock).TotalMilliseconds;

    /// <summary>同 <see cref="Elapsed"/>，计时器的刻度。</summary>
    public static long ElapsedTicks(Stopwatch clock) => (long)(Elapsed(clock).TotalSeconds * Stopwatch.Frequency);

    /// <summary>代替 Stopwatch.GetTimestamp。</summary>
    public static long GetTimestamp() => IsOn ? (long)Later.TotalSeconds * Stopwatch.Frequency : Stopwatch.GetTimestamp();

    /// <summary>代替 Stopwatch.GetElapsedTime。</summary>
    public static TimeSpan GetElapsedTime(long start, long? end = null) => Stopwatch.GetElapsedTime(start, end ?? GetTimestamp());

    /// <summary>代替程序调用的 clock_gettime。说的总是 1970 年之前：自己声明的、舞台没有代替的等待，期限也马上就到；glibc 容得下负的秒数。</summary>
    public static int clock_gettime(ClockId clock, out timespec_t now)
    {
        int result = Posix.Libc.clock_gettime(clock, out now);
        if (IsOn && result == 0) now = new() { tv_sec = (long)(Later - TimeSpan.FromDays(MostLooks + 1)).TotalSeconds };
        return result;
    }

    /// <summary>代替给 .NET 的时限。</summary>
    public static int Within(int milliseconds) => IsOn ? Math.Min(milliseconds, 0) : milliseconds;

    /// <summary>代替给 .NET 的时限。</summary>
    public static TimeSpan Within(TimeSpan time) => IsOn && time > TimeSpan.Zero ? TimeSpan.Zero : time;

    /// <summary>代替程序调用的 sem_clockwait：舞台上不等，期限马上就到，对方可以来得更晚。</summary>
    public static int sem_clockwait(sem_t* sem, ClockId clock, in timespec_t until)
    {
        if (!IsOn) return Posix.Libc.sem_clockwait(sem, clock, until);
        int result = sem_trywait(sem);
        if (result == -1 && errno == EAGAIN) Marshal.SetLastPInvokeError((int)ETIMEDOUT);
        return result;
    }

    /// <summary>写一遍要说的话，不说出去。</summary>
    internal static void Rehearse()
    {
        (_socket, _thread, IsFree) = (0, Environment.CurrentManagedThreadId, true);
        using (Enter("Main")) At(0, "args", Array.Empty<string>(), "number", 1, "text", "text", "yes", true);
        _ = Encoding.UTF8.GetBytes(string.Join(Layer, Layers));

        // 枚举第一次写成文字，要用反射查各个值的名字；看有没有锁，要装上目录和文件的代码：各要几毫秒。
        foreach (Type one in new[] { typeof(StageStop), typeof(Libc) }.SelectMany(known => known.Assembly.GetTypes()).Where(type => type.IsEnum)) _ = Show(Enum.ToObject(one, 1));
        _ = Frame.HasLock;
        (_socket, IsFree, Passed) = (-1, false, 0);
    }

    /// <summary>类型的静态变量算初值的时候，最后一个算它。</summary>
    public static bool Initializes(Type type) => Initialized.Add(type);

    /// <summary>进入一个函数；离开时由 using 收回。</summary>
    /// <param name="function">函数的名字。</param>
    /// <param name="end">离开之前再停在哪里；-1 是不停。</param>
    /// <param name="ifLocked">还拿着文件锁才停。</param>
    public static Frame Enter(string function, int end = -1, bool ifLocked = false)
    {
        if (!IsHere) return default;
        Layers.Add(function);
        return new Frame(++_depth, end, ifLocked);
    }

    /// <summary>停在一条语句之前。</summary>
    /// <param name="site">哪一条语句。</param>
    /// <param name="locals">此刻有值的局部变量：名字、值，一对一对。</param>
    public static void At(int site, params object?[] locals)
    {
        if (!IsHere || _depth == 0) return;
        var line = new StringBuilder(Layers[_depth - 1].Split(Field)[0]).Append(Field).Append(site);
        for (int i = 0; i < locals.Length; i += 2) if ((string)locals[i]! != "") line.Append(Field).Append(locals[i]).Append('=').Append(Clean(Show(locals[i + 1])));

        // 不给人看、却也是状态的：登记了几步撤销、各是什么，静态字段，对象里的字段，显示不完的文字。名字是空的。
        Action[] undo = [.. Actions?.GetValue(null) as IEnumerable<Action> ?? []];
        line.Append(Field).Append('=').Append(undo.Length).Append(undo.Length > 0 ? ";" : "").AppendJoin(' ', undo.Select(one => one.Method.Name)).Append(_thrown).Append(_looks > 0 ? $";{_looks}" : "");
        foreach (FieldInfo field in Statics.Value) line.Append(HasInitializer(field) && !Initialized.Contains(field.DeclaringType!) ? ";-" : Hidden(field.GetValue(null)));
        for (int i = 1; i < locals.Length; i += 2) line.Append(Hidden(locals[i]));
        Layers[_depth - 1] = line.ToString();
        _again = -1;
        Again();
    }

    /// <summary>在同一条语句里再停一次：条件已经看过，还没有动手。第几次也是状态，多了就从头数。</summary>
    public static void Again()
    {
        if (!Stops() || !IsHere || _depth == 0) return;
        _again = (_again + 1) % 16;
        Send(string.Join(Layer, Layers) + (_again > 0 ? $";'{_again}" : ""));
        byte go;
        while (read(_socket, &go, 1) != 1)
        {
            // 舞台没有了，就不该留下：没有人会再放行。
            if (Marshal.GetLastSystemError() != EINTR) _exit(125);
        }

        IsFree = go == (byte)'*';
    }

    /// <summary>指针的值；指着哪个对象由舞台从外面看。</summary>
    public static string Pointer(void* value) => string.Create(CultureInfo.InvariantCulture, $"@{(ulong)value:x}");

    /// <summary>同 <see cref="Pointer"/>，ref 指着的地方。</summary>
    public static string Reference<T>(ref readonly T where) where T : allows ref struct => Pointer(Unsafe.AsPointer(ref Unsafe.AsRef(in where)));

    /// <summary>nint 里若是地址，也由舞台从外面看；小的是个数。</summary>
    public static object Address(nint value) => value is > -(1 << 24) and < 1 << 24 ? value : Pointer((void*)value);

    /// <summary>描述符的编号；指着什么由舞台从外面看。</summary>
    public static string Descriptor(int fd) => string.Create(CultureInfo.InvariantCulture, $"@#{fd}");

    // 映射的文件有多大，是创建的时候看的；.NET 只记在里面，不给人看。
    private static readonly FieldInfo? Capacity = typeof(SafeMemoryMappedFileHandle).GetField("_capacity", BindingFlags.Instance | BindingFlags.NonPublic);

    private static bool HasInitializer(FieldInfo field) => field.DeclaringType!.TypeInitializer != null;

    // 这里定义的类型看到字段；别的类型只看得出是什么。指针和地址每次不同，不算。
    private static string Hidden(object? value, int depth = 0) => ';' + value switch
    {
        string and ['@', ..] or nint or nuint or Delegate => "",
        string text => Clean(text),
        Exception error => Clean($"{error.GetType().Name} {error.Message}"),
        UnmanagedMemoryAccessor view => Hidden(view.Capacity),
        Stream { CanSeek: true } stream => Hidden(stream.Position),
        MemoryMappedFile file => Hidden(Capacity?.GetValue(file.SafeMemoryMappedFileHandle)),
        SafeHandle handle => handle.IsInvalid ? "invalid" : handle.IsClosed ? "closed" : "open",
        Array { Length: > 256 } and not (nint[] or nuint[]) and var many when many.GetType().GetElementType()!.IsPrimitive => Digest(many),
        Array or IList => string.Concat(((IEnumerable)value).Cast<object?>().Select(one => Hidden(one, depth + 1))),
        ValueType and IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        null or bool => $"{value}",
        _ when depth > 2 || value.GetType().Assembly != typeof(StageStop).Assembly => value.GetType().Name,
        _ => value.GetType().Name + string.Concat(value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => !field.FieldType.IsPointer && !field.FieldType.IsByRef).Select(field => Hidden(field.GetValue(value), depth + 1))),
    };

    // 一大块数，写出来太长：每停一次都要送给舞台。
    private static string Digest(Array many)
    {
        byte[] bytes = new byte[Buffer.ByteLength(many)];
        Buffer.BlockCopy(many, 0, bytes, 0, bytes.Length);
        ulong sum = 14695981039346656037; // FNV-1a
        foreach (byte one in bytes) sum = unchecked((sum ^ one) * 1099511628211);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} {sum:x}");
    }

    private static int Told(string what, void* where, int result)
    {
        if (result == 0 && _socket != -1) Send(string.Create(CultureInfo.InvariantCulture, $"{Note}{what} {(ulong)where:x}"));
        return result;
    }

    private static void Send(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        fixed (byte* start = bytes)
        {
            if (send(_socket, start, bytes.Length, MSG_NOSIGNAL) != bytes.Length) _exit(125);
        }
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text when text.StartsWith('@') => text,
        string text => $"\"{Short(text.Replace(Temp, "/tmp", StringComparison.Ordinal))}\"",
        bool yes => yes ? "true" : "false",
        char one => $"'{one}'",
        byte[] bytes => $"\"{Encoding.UTF8.GetString(bytes[..Math.Min(60, bytes.Length)])}\"（{bytes.Length} 字节）",
        string[] texts => $"[{string.Join(", ", texts.Take(6).Select(Show))}]",
        ICollection many => $"{many.Count} 项",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.GetType().Name,
    };

    private static string Short(string text) => text.Length > 60 ? text[..60] + "…" : text;

    private static string Clean(string text) =>
        string.Concat(text.Replace("\0", "\\0", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Select(one => char.IsControl(one) ? '·' : one));

    /// <summary>一层调用。</summary>
    public readonly struct Frame(int depth, int end, bool ifLocked) : IDisposable
    {
        // 文件锁跟着打开的文件走，内核在 fdinfo 里列出来。标准输出、标准错误是舞台打开的，上面的锁不算。
        public static bool HasLock => Directory.GetFiles("/proc/self/fdinfo").Select(Path.GetFileName).Any(fd => Target(fd) is { } file && file != Target("1") && file != Target("2")
            && File.ReadAllText($"/proc/self/fdinfo/{fd}").Contains("lock:", StringComparison.Ordinal));

        private static string? Target(string? fd) => new FileInfo($"/proc/self/fd/{fd}").LinkTarget;

        public void Dispose()
        {
            // 异步的函数可能在别的线程里离开，也可能比调用它的更晚：那几层已经不归它。
            if (depth == 0 || depth > _depth || !IsHere) return;
            if (end != -1 && depth == _depth && Stops() && (!ifLocked || HasLock)) At(end);
            _depth = depth - 1;
            Layers.RemoveRange(_depth, Layers.Count - _depth);
        }
    }

    // 不用 Posix 里的：它们记下 errno，程序自己失败的调用留下的就被盖住了。
    [DllImport("libc")]
    private static extern int socket(int domain, int type, int protocol);

    [DllImport("libc")]
    private static extern int connect(int fd, byte* address, int length);

    [DllImport("libc")]
    private static extern int fcntl(int fd, int command, int argument);

    [DllImport("libc")]
    private static extern nint send(int fd, byte* buffer, nint count, int flags);

    [DllImport("libc")]
    private static extern nint read(int fd, byte* buffer, nint count);
}
