using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Engine;

/// <summary>台上的一个进程：停在哪里，睡在哪里，打印了什么，怎样结束的。</summary>
/// <param name="peer">进程。</param>
/// <param name="part">它运行的是第几个程序。</param>
/// <param name="title">给读者看的名字。</param>
/// <param name="stdout">标准输出；子进程与父进程是同一个。</param>
/// <param name="stderr">标准错误。</param>
internal sealed class Lane(Peer peer, int part, string title, Printed stdout, Printed stderr)
{
    // 看一眼用不了这么多，纳秒。
    private const long Little = 5_000_000;

    private Stopwatch _idle = Stopwatch.StartNew();
    private long _cpu = -1, _scanned = -1;

    public Peer Peer => peer;

    public int Part => part;

    public string Title { get; set; } = title;

    public Printed Stdout => stdout;

    public Printed Stderr => stderr;

    /// <summary>是舞台启动的；否则是台上的进程自己启动的。</summary>
    public bool IsRoot { get; init; }

    /// <summary>它接上舞台的套接字；还没有接上、已经结束都是 null。</summary>
    public Socket? Socket
    {
        get;
        set => (field, HasArrived) = (value, true);
    }

    /// <summary>接上过舞台；在那之前是运行时在启动，几十毫秒里没有什么可看。</summary>
    public bool HasArrived { get; private set; }

    /// <summary>停在哪里，它自己说的；放行之后、再停之前是 null。</summary>
    public string? At { get; set; }

    /// <summary>最后一次停在哪里，还没有人看过；看过了是 null。</summary>
    public string? Unread { get; set; }

    /// <summary>睡在哪里：给人看的，和内核说的原样。</summary>
    public (string Why, string Raw)? Sleep { get; set; }

    /// <summary>睡下的先后：几个进程等同一个东西，内核先叫醒先睡的，所以谁先睡也是状态。</summary>
    public (int Turn, string Raw)? Queued { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>结束的状态，与 waitpid 的相同；没有看到为 null。</summary>
    public int? Status { get; set; }

    /// <summary>我们让它先别动：它在等的子进程正在走，子进程的退出状态要趁它没有取走时看。</summary>
    public bool IsHeld => Waits != null && Sleep == null;

    /// <summary>我们停住的，它睡在哪里等子进程；没有停住为 null。</summary>
    public (string Why, string Raw)? Waits { get; set; }

    /// <summary>这一步之前用了多少 CPU，纳秒。</summary>
    public long Spent { get; set; }

    /// <summary>第一次停下的时候有几个线程，都是运行时和舞台的。</summary>
    public int Threads { get; set; }

    /// <summary>停在哪里，上次看的时候用了多少 CPU，纳秒。</summary>
    public (string At, long CpuTime)? Stopped { get; set; }

    /// <summary>停下以后，别的线程一共又用了多少，纳秒。</summary>
    public long Work { get; set; }

    /// <summary>到了时限还没有停下。</summary>
    public bool IsStuck { get; set; }

    public bool IsStable => HasEnded || IsStuck || At != null || Sleep != null;

    /// <summary>最后一次停下时的各层调用；睡着的时候也还是它们。</summary>
    public FrameView[] Frames { get; set; } = [];

    public List<OutputView> Output { get; } = [];

    /// <summary>很久没有用多少 CPU 了：线程池自己的线程每半秒醒一次，看一眼。</summary>
    /// <param name="after">多久算很久。</param>
    public bool IsIdle(TimeSpan after)
    {
        long cpu = peer.CpuTime;
        if (_cpu < 0 || cpu - _cpu > Little) (_idle, _cpu) = (Stopwatch.StartNew(), cpu);
        if (_idle.Elapsed <= after || peer.IsRunning || peer.CpuTime != cpu) return false;
        _cpu = cpu;
        return true;
    }

    /// <summary>上次问过以后用过 CPU。</summary>
    public bool HasRun()
    {
        long before = _scanned;
        return (_scanned = peer.CpuTime) != before;
    }

    /// <summary>从现在起重新看它有没有用 CPU。</summary>
    public void Awaken() => _cpu = -1;
}

/// <summary>台上的进程把输出写进去的文件。</summary>
/// <param name="path">要是没有的。</param>
internal sealed class Printed(string path) : IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
    private long _seen;

    public string Path => path;

    /// <summary>看过的全部。</summary>
    public string Text { get; private set; } = "";

    /// <summary>描述符，交给进程。</summary>
    public int Fd => (int)_file.DangerousGetHandle();

    /// <summary>上次看过之后多出来的，一次至多 128 KiB。</summary>
    public string ReadOn()
    {
        byte[] more = new byte[Math.Min(RandomAccess.GetLength(_file) - _seen, 1 << 17)];
        int count = RandomAccess.Read(_file, more, _seen);
        _seen += count;
        string text = Encoding.UTF8.GetString(more, 0, count);
        Text += text;
        return text;
    }

    public void Dispose() => _file.Dispose();
}
