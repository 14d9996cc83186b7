using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Posix;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>量队列的两个进程：一方从标准输入每行读一条命令，与另一方照做，写回一行。C 的一份是 tests/native/bench-queue.c，命令相同。</summary>
/// <remarks>
/// 一条命令是 <c>做什么 哪种通道 每条字节 几条 一批几条 我的核 对方的核</c>。stream 送这么多条，等对方收完；trip 一来一回这么多次；
/// asleep 等对方睡下才送，送这么多次，看从送出到对方收到；idle 等一秒才送，看对方等的时候用了多少 CPU 时间。
/// 写回的是编号之和，和纳秒（asleep 是中位数）。
/// </remarks>
internal static unsafe class QueueWorker
{
    private const int MemoryFd = 3, ControlFd = 4, ReplyFd = 5, FirstFd = 6, Line = 128;
    private static readonly int Region = (int)Ring.Bytes(Lane.MostSize) + 4096;

    /// <summary>各种通道，每种两个方向：去，来。</summary>
    private static readonly Dictionary<string, (Lane There, Lane Back)> Ways = [];

    private static byte* _memory;

    /// <summary>共享内存要多大。</summary>
    public static long Bytes => 8L * Region;

    /// <summary>一方。</summary>
    /// <param name="shared">主程序开的共享内存，开始时全是 0。两种语言用的是同一批物理页，谁也不占位置的便宜。</param>
    public static int Run(string shared)
    {
        int memory = Must(open(shared, O_RDWR | O_CLOEXEC), shared);
        int* control = stackalloc int[2], reply = stackalloc int[2], socket = stackalloc int[2];
        Must(pipe2(control, O_CLOEXEC));
        Must(pipe2(reply, O_CLOEXEC));
        Must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket));

        // 十根管道：19 的两个队列各两根铃，挤在一起的也一样，另有一去一来。
        (int Read, int Write)[] pipes = [.. Enumerable.Range(0, 10).Select(_ => NewPipe())];
        string name = $"queue-{Random.Shared.NextInt64():x16}";
        using var server = new NamedPipeServerStream(name, PipeDirection.InOut);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        List<(int, int)> theirs = [(memory, MemoryFd), (control[0], ControlFd), (reply[1], ReplyFd), (socket[1], FirstFd)];
        for (int i = 0; i < pipes.Length; i++) theirs.Add((i % 2 == 0 ? pipes[i].Read : pipes[i].Write, FirstFd + 1 + i));
        Must(spawn_self(out _, ["queue-partner", name, port.ToString(CultureInfo.InvariantCulture)], [.. theirs]));
        foreach ((int fd, _) in theirs.Skip(1)) Must(close(fd));
        server.WaitForConnection();
        using TcpClient client = listener.AcceptTcpClient();
        client.NoDelay = true;
        Open(0, memory, socket[0], [.. pipes.Select((pipe, i) => i % 2 == 0 ? pipe.Write : pipe.Read)], server, client.GetStream());

        var answer = new long[2];
        while (Console.ReadLine() is { } command)
        {
            byte[] line = System.Text.Encoding.UTF8.GetBytes(command.PadRight(Line));
            string[] word = command.Split(' ');
            Cpu.Pin(Number(word[5]));
            fixed (byte* start = line) Must(write(control[1], start, Line));
            (Lane there, Lane back) = Ways[word[1]];
            (int size, long count, int batch) = (Number(word[2]), Number(word[3]), Number(word[4]));

            // 对方换好了核，醒着。
            Ping(there, back, size, 100);
            long began = Stopwatch.GetTimestamp();
            switch (word[0])
            {
                case "stream": there.Send(size, count, batch, 1); break;
                case "trip" when word[1] == "spin": Spin((int)count, first: true); break;
                case "trip": Ping(there, back, size, count); break;
                case "idle":
                    Must(poll(null, 0, 1000));
                    there.Send(size, 1, 1, 1);
                    break;
                case "asleep":
                    for (long i = 0; i < count; i++)
                    {
                        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since).TotalMicroseconds < 400;) { }
                        there.Send(size, 1, 1, Stopwatch.GetTimestamp());
                    }

                    break;
                default: throw new ArgumentException(command);
            }

            fixed (long* to = answer) if (Must(read(reply[0], to, 16)) != 16) errx(1, "read: 对方已经结束。");
            long ns = Stopwatch.GetElapsedTime(began).Ticks * 100;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer[0]} {(word[0] is "asleep" or "idle" ? answer[1] : ns)}"));
        }

        return 0;
    }

    /// <summary>对方，由一方启动。</summary>
    /// <param name="name">命名管道。</param>
    /// <param name="port">TCP 端口。</param>
    public static int Partner(string name, int port)
    {
        Examples.ChildProcess.EndWithParent();
        using var named = new NamedPipeClientStream(".", name, PipeDirection.InOut);
        named.Connect();
        using var client = new TcpClient("127.0.0.1", port) { NoDelay = true };
        Open(1, MemoryFd, FirstFd, [.. Enumerable.Range(FirstFd + 1, 10)], named, client.GetStream());
        byte[] line = new byte[Line];
        long* reply = stackalloc long[2];
        while (true)
        {
            fixed (byte* to = line) if (Must(read(ControlFd, to, Line)) != Line) return 0;
            string[] word = System.Text.Encoding.UTF8.GetString(line).Trim().Split(' ');
            Cpu.Pin(Number(word[6]));
            (Lane there, Lane back) = Ways[word[1]];
            (int size, long count, int batch) = (Number(word[2]), Number(word[3]), Number(word[4]));
            Pong(there, back, size, 100);
            reply[1] = 0;
            switch (word[0])
            {
                case "stream": reply[0] = there.Receive(size, count, batch); break;
                case "trip" when word[1] == "spin": Spin((int)count, first: false); break;
                case "trip": Pong(there, back, size, count); break;
                case "idle":
                    TimeSpan before = Environment.CpuUsage.TotalTime;
                    reply[0] = there.Receive(size, 1, 1);
                    reply[1] = (Environment.CpuUsage.TotalTime - before).Ticks * 100;
                    break;
                case "asleep":
                    double[] took = new double[count];
                    for (long i = 0; i < count; i++)
                    {
                        long sent = there.Receive(size, 1, 1);
                        took[i] = Stopwatch.GetElapsedTime(sent).Ticks * 100;
                    }

                    reply[1] = (long)Statistics.Median(took);
                    break;
            }

            Must(write(ReplyFd, reply, 16));
        }
    }

    private static void Open(int side, int memory, int socket, int[] pipes, Stream named, Stream tcp)
    {
        _memory = (byte*)Must(mmap(null, (nuint)Bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0));
        bool first = side == 0;

        // 去的方向本进程发送，来的方向接收；另一方反过来。每个队列两根管道：0 号一方写、另一方读，1 号反过来。
        Lane RingAt(int region, bool sends, int pipe, int apart) => first
            ? new RingLane(_memory + ((long)region * Region), sends, pipes[pipe + 1], pipes[pipe], apart)
            : new RingLane(_memory + ((long)region * Region), !sends, pipes[pipe], pipes[pipe + 1], apart);
        Ways["ring"] = (RingAt(0, true, 0, Ring.CacheLine), RingAt(1, false, 2, Ring.CacheLine));
        Ways["crowded"] = (RingAt(2, true, 4, sizeof(long)), RingAt(3, false, 6, sizeof(long)));
        Ways["sem"] = (new SemaphoreLane(_memory + (4L * Region), first), new SemaphoreLane(_memory + (5L * Region), first));
        Ways["spin"] = Ways["sem"];
        Ways["pipe"] = (new DescriptorLane(pipes[8]), new DescriptorLane(pipes[9]));
        Ways["unix"] = Both(() => new DescriptorLane(socket));
        Ways["named"] = Both(() => new StreamLane(named));
        Ways["tcp"] = Both(() => new StreamLane(tcp));

        static (Lane, Lane) Both(Func<Lane> make) => (make(), make());
    }

    private static void Ping(Lane there, Lane back, int size, long count)
    {
        for (long i = 0; i < count; i++)
        {
            there.Send(size, 1, 1, i);
            if (back.Receive(size, 1, 1) != i) throw new InvalidOperationException("回来的不是送出的那一条。");
        }
    }

    private static void Pong(Lane there, Lane back, int size, long count)
    {
        for (long i = 0; i < count; i++) back.Send(size, 1, 1, there.Receive(size, 1, 1));
    }

    // 谁的轮次谁改，同 Worker：最快能有多快，没有内容，也不会睡。
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spin(int n, bool first)
    {
        ref int turn = ref *(int*)(_memory + (6L * Region));
        int mine = first ? 1 : 0;
        for (int i = 0; i < n; i++)
        {
            if (first) Volatile.Write(ref turn, (2 * i) + 1);
            while (Volatile.Read(ref turn) != (2 * i) + 1 + mine) { }
            if (!first) Volatile.Write(ref turn, (2 * i) + 2);
        }
    }

    private static (int Read, int Write) NewPipe()
    {
        int* ends = stackalloc int[2];
        Must(pipe2(ends, O_CLOEXEC));
        return (ends[0], ends[1]);
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
