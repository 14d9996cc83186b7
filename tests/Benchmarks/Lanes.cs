using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>一个方向的一条通道，本进程是其中一端：从自己的内存送出，收到自己的内存，一条不少，次序不变。</summary>
/// <remarks>每条消息的头 8 个字节是编号，收的一端把它们加起来，发的一端核对。热循环都带 AggressiveOptimization，见 <see cref="Worker"/>。</remarks>
internal abstract unsafe class Lane
{
    /// <summary>一批至多几条；字节流一次至多读多少字节。</summary>
    public const int MostBatch = 64, MostRead = 64 << 10, MostSize = 4096;

    /// <summary>两端各自的缓冲区。</summary>
    protected byte* Buffer { get; } = (byte*)NativeMemory.AllocZeroed(MostRead + (MostBatch * MostSize));

    /// <summary>送出。</summary>
    /// <param name="size">每条多少字节。</param>
    /// <param name="count">几条。</param>
    /// <param name="batch">一批几条。</param>
    /// <param name="first">第一条的编号，逐条加 1。</param>
    public abstract void Send(int size, long count, int batch, long first);

    /// <summary>收下。</summary>
    /// <returns>编号之和。</returns>
    public abstract long Receive(int size, long count, int batch);
}

/// <summary>19 的环形缓冲区，就是 examples/19-RingBuffer/Ring.cs。</summary>
internal sealed unsafe class RingLane(byte* memory, bool sends, int listen, int bell, int apart) : Lane
{
    private Ring _ring;
    private int _size;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Send(int size, long count, int batch, long first)
    {
        ref readonly Ring ring = ref OfSize(size);
        byte* buffer = Buffer;
        int rest = size - sizeof(long);
        for (long done = 0; done < count;)
        {
            long n = Math.Min(Math.Min(ring.Wait(), batch), count - done);
            if (rest == 0) for (long i = 0; i < n; i++) *(long*)ring.Slot(i) = first + done + i;
            else Fill(in ring, n, first + done, buffer, rest);

            ring.Advance(n);
            done += n;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override long Receive(int size, long count, int batch)
    {
        ref readonly Ring ring = ref OfSize(size);
        byte* buffer = Buffer;
        int rest = size - sizeof(long);
        long sum = 0;
        for (long done = 0; done < count;)
        {
            long n = Math.Min(Math.Min(ring.Wait(), batch), count - done);
            if (rest == 0) for (long i = 0; i < n; i++) sum += *(long*)ring.Slot(i);
            else sum += Drain(in ring, n, buffer, rest);

            ring.Advance(n);
            done += n;
        }

        return sum;
    }

    // 要复制的一批另成一个函数：循环里有一次调用，活着的变量一多，JIT 就让循环变量每条消息进出一次栈；
    // 栈的位置每次启动不同，偏移模 64 等于某个值时（四次里约一次）这样一进一出还要再慢 5 纳秒。
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Fill(in Ring ring, long n, long number, byte* buffer, int rest)
    {
        for (long i = 0; i < n; i++)
        {
            byte* slot = ring.Slot(i);
            *(long*)slot = number + i;
            Copy(buffer, slot + sizeof(long), rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static long Drain(in Ring ring, long n, byte* buffer, int rest)
    {
        long sum = 0;
        for (long i = 0; i < n; i++)
        {
            byte* slot = ring.Slot(i);
            sum += *(long*)slot;
            Copy(slot + sizeof(long), buffer, rest);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* from, byte* to, int bytes) => new ReadOnlySpan<byte>(from, bytes).CopyTo(new Span<byte>(to, bytes));

    private ref readonly Ring OfSize(int size)
    {
        if (size != _size) (_ring, _size) = (new Ring(memory, size, sends, listen, bell, apart), size);
        return ref _ring;
    }
}

/// <summary>10 的办法：每条消息一个 sem_post。同样多的格子，另有一个信号量数空着的。</summary>
internal sealed unsafe class SemaphoreLane(byte* memory, bool initializes) : Lane
{
    private readonly sem_t* _used = Initialized(memory, initializes, 0), _free = Initialized(memory + 128, initializes, Ring.Capacity);
    private long _at;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Send(int size, long count, int batch, long first)
    {
        for (long i = 0; i < count; i++)
        {
            Must(sem_wait(_free));
            *(long*)Buffer = first + i;
            new ReadOnlySpan<byte>(Buffer, size).CopyTo(Slot(size));
            Must(sem_post(_used));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override long Receive(int size, long count, int batch)
    {
        long sum = 0;
        for (long i = 0; i < count; i++)
        {
            Must(sem_wait(_used));
            Slot(size).CopyTo(new Span<byte>(Buffer, size));
            sum += *(long*)Buffer;
            Must(sem_post(_free));
        }

        return sum;
    }

    private Span<byte> Slot(int size) => new(memory + 256 + ((_at++ & (Ring.Capacity - 1)) * size), size);

    private static sem_t* Initialized(byte* at, bool initializes, int value)
    {
        if (initializes) Must(sem_init((sem_t*)at, 1, (uint)value));
        return (sem_t*)at;
    }
}

/// <summary>字节流：每批一次写，有多少读多少。管道、套接字用系统调用，.NET 的流用它自己的。</summary>
internal abstract unsafe class BytesLane : Lane
{
    private int _from, _have;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Send(int size, long count, int batch, long first)
    {
        for (long done = 0; done < count;)
        {
            int n = (int)Math.Min(batch, count - done);
            for (int i = 0; i < n; i++) *(long*)(Buffer + (i * size)) = first + done + i;
            Write(n * size);
            done += n;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override long Receive(int size, long count, int batch)
    {
        long sum = 0;
        for (long i = 0; i < count; i++)
        {
            // 不够一条的尾巴挪到开头，接着读。
            if (_have < size)
            {
                new ReadOnlySpan<byte>(Buffer + _from, _have).CopyTo(new Span<byte>(Buffer, MostRead));
                for (_from = 0; _have < size;) _have += Read(_have);
            }

            sum += *(long*)(Buffer + _from);
            _from += size;
            _have -= size;
        }

        return sum;
    }

    protected abstract void Write(int bytes);

    protected abstract int Read(int at);
}

/// <summary>管道，或 Unix 域套接字。</summary>
internal sealed unsafe class DescriptorLane(int fd) : BytesLane
{
    protected override void Write(int bytes)
    {
        for (nint done = 0; done < bytes;) done += Must(write(fd, Buffer + done, (nuint)(bytes - done)));
    }

    protected override int Read(int at) => Must(read(fd, Buffer + at, (nuint)(MostRead - at))) is > 0 and nint n ? (int)n : errx(1, "read: 对方已经结束。");
}

/// <summary>.NET 的流：命名管道，或 TCP。</summary>
internal sealed unsafe class StreamLane(Stream stream) : BytesLane
{
    protected override void Write(int bytes) => stream.Write(new ReadOnlySpan<byte>(Buffer, bytes));

    protected override int Read(int at) => stream.Read(new Span<byte>(Buffer + at, MostRead - at)) is > 0 and int n ? n : errx(1, "Read: 对方已经结束。");
}
