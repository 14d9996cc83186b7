using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Posix;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>C# 的一方：从标准输入每行读一条命令，照做，把用了多少纳秒写回一行。C 的一方是 tests/native/bench-worker.c，命令相同。</summary>
/// <remarks>
/// 一条命令是 <c>做什么 我的核 对方的核 次数 种子</c>。热循环都带 AggressiveOptimization：量的是编译好的代码，不是分层编译的过程。
/// </remarks>
internal static unsafe class Worker
{
    public const int Bulk = 256 << 20, PingOffset = 0, PongOffset = 128;
    private const int ControlFd = 3, SharedFd = 4;
    private const ulong Prime = 0x9E3779B97F4A7C15;

    private static Shared* _shared;
    private static Control* _control;
    private static Vector<ulong>* _bulk;
    private static int _bulkFd;

    /// <summary>来回用的；各占一条缓存行，互不牵连。</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Shared
    {
        [FieldOffset(PingOffset)] public fixed byte Ping[64];
        [FieldOffset(PongOffset)] public fixed byte Pong[64];
        [FieldOffset(256)] public int Turn;
    }

    /// <summary>叫对方开始的，各语言自己的一份。</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Control
    {
        [FieldOffset(0)] public fixed byte Go[64];
        [FieldOffset(64)] public fixed byte Command[64];
        [FieldOffset(128)] public fixed byte Alone[64];
    }

    private static sem_t* PingSem => (sem_t*)_shared->Ping;

    private static sem_t* PongSem => (sem_t*)_shared->Pong;

    private static sem_t* Go => (sem_t*)_control->Go;

    private static sem_t* Alone => (sem_t*)_control->Alone;

    /// <summary>一方。</summary>
    /// <param name="shared">主程序开的共享内存，来回用。</param>
    /// <param name="bulk">主程序开的 256 MiB。两种语言用的是同一批物理页，谁也不占位置的便宜。</param>
    public static int Run(string shared, string bulk)
    {
        int sharedFd = Must(open(shared, O_RDWR | O_CLOEXEC), shared), controlFd = Must(memfd_create("control", MFD_CLOEXEC));
        _bulkFd = Must(open(bulk, O_RDWR | O_CLOEXEC), bulk);
        Must(ftruncate(controlFd, sizeof(Control)));
        _shared = (Shared*)Map(sharedFd, sizeof(Shared));
        _control = (Control*)Map(controlFd, sizeof(Control));
        Must(sem_init(Go, 1, 0));
        Must(sem_init(Alone, 1, 0));
        Must(spawn_self(out _, ["partner"], (controlFd, ControlFd), (sharedFd, SharedFd)));
        while (Console.ReadLine() is { } command)
        {
            (ulong seen, long ns) = Timed(command);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seen} {ns}"));
        }

        return 0;
    }

    /// <summary>对方，由一方启动。</summary>
    public static int Partner()
    {
        Examples.ChildProcess.EndWithParent();
        _shared = (Shared*)Map(SharedFd, sizeof(Shared));
        _control = (Control*)Map(ControlFd, sizeof(Control));
        while (true)
        {
            Must(sem_wait(Go));
            string[] word = Marshal.PtrToStringUTF8((nint)_control->Command)!.Split(' ');
            Cpu.Pin(Number(word[2]));
            Pong(100);
            if (word[0] == "sem") Pong(Number(word[3]));
            else Spin(Number(word[3]), first: false);
        }
    }

    private static (ulong Seen, long Nanoseconds) Timed(string command)
    {
        string[] word = command.Split(' ');
        Cpu.Pin(Number(word[1]));
        int n = Number(word[3]);
        ulong seed = ulong.Parse(word[4], CultureInfo.InvariantCulture);
        if (word[0] is "sem" or "spin")
        {
            _shared->Turn = 0;
            Encoding.UTF8.GetBytes(command + '\0', new Span<byte>(_control->Command, 64));
            if (sem_post(Go) == -1) throw new InvalidOperationException("sem_post");
            Ping(100);   // 对方换好了核，热好了身
        }

        if (_bulk == null && word[0] is "fill" or "sum") _bulk = (Vector<ulong>*)Map(_bulkFd, Bulk);
        ulong seen = 0;
        long start = Stopwatch.GetTimestamp();
        switch (word[0])
        {
            case "sem": Ping(n); break;
            case "spin": Spin(n, first: true); break;
            case "fill": Fill(_bulk, seed); break;
            case "sum": seen = Checksum(_bulk); break;
            case "page": seen = PageSizes(n); break;
            case "page-errno": seen = Calls.WithLastError(n); break;
            case "page-nogc": seen = Calls.WithoutTransition(n); break;
            case "post": seen = Posts(n); break;
            default: throw new ArgumentException(command);
        }

        return (seen, Stopwatch.GetElapsedTime(start).Ticks * 100);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ping(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (sem_post(PingSem) == -1 || sem_wait(PongSem) == -1) throw new InvalidOperationException("sem_post/sem_wait");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pong(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (sem_wait(PingSem) == -1 || sem_post(PongSem) == -1) throw new InvalidOperationException("sem_wait/sem_post");
        }
    }

    // 谁的轮次谁改：奇数由一方写，偶数由另一方写。
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spin(int n, bool first)
    {
        ref int turn = ref _shared->Turn;
        int mine = first ? 1 : 0;
        for (int i = 0; i < n; i++)
        {
            if (first) Volatile.Write(ref turn, (2 * i) + 1);
            while (Volatile.Read(ref turn) != (2 * i) + 1 + mine) { }
            if (!first) Volatile.Write(ref turn, (2 * i) + 2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(Vector<ulong>* memory, ulong seed)
    {
        int lanes = Vector<ulong>.Count;
        Vector<ulong> v = new Vector<ulong>(seed) + (Vector<ulong>.Indices * Prime), step = new((ulong)lanes * Prime);
        for (Vector<ulong>* end = memory + (Bulk / Vector<byte>.Count); memory < end; memory += 4)
        {
            memory[0] = v;
            memory[1] = v + step;
            memory[2] = v + step + step;
            memory[3] = v + step + step + step;
            v += step + step + step + step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Checksum(Vector<ulong>* memory)
    {
        Vector<ulong> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (Vector<ulong>* end = memory + (Bulk / Vector<byte>.Count); memory < end; memory += 4)
        {
            a0 += memory[0];
            a1 += memory[1];
            a2 += memory[2];
            a3 += memory[3];
            b0 += a0;
            b1 += a1;
            b2 += a2;
            b3 += a3;
        }

        ulong sum = 0;
        for (int lane = 0; lane < Vector<ulong>.Count; lane++)
        {
            sum = (sum ^ (a0[lane] + (a1[lane] * 3) + (a2[lane] * 5) + (a3[lane] * 7))) * Prime;
            sum = (sum ^ (b0[lane] + (b1[lane] * 3) + (b2[lane] * 5) + (b3[lane] * 7))) * Prime;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong PageSizes(int n)
    {
        ulong sum = 0;
        for (int i = 0; i < n; i++) sum += (ulong)getpagesize();
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Posts(int n)
    {
        ulong sum = 0;
        for (int i = 0; i < n; i++) sum += (ulong)(sem_post(Alone) + sem_trywait(Alone));
        return sum;
    }

    private static void* Map(int fd, int length)
    {
        const MapFlags populate = (MapFlags)0x8000;
        void* start = mmap(null, (nuint)length, PROT_READ | PROT_WRITE, MAP_SHARED | populate, fd, 0);
        return start == MAP_FAILED ? throw new InvalidOperationException($"mmap: {strerrorname_np(errno)}") : start;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
