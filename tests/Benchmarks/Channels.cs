using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>两个进程之间一问一答的通道；两端各有一个对象，一端 <see cref="Send"/>，另一端 <see cref="Receive"/>，轮流来。</summary>
internal interface IChannel : IDisposable
{
    /// <summary>名字，没有空格。</summary>
    string Name { get; }

    /// <summary>交给对方；可以在对方读之前返回。</summary>
    /// <param name="data">至多 <see cref="Channels.Capacity"/> 字节。</param>
    void Send(ReadOnlySpan<byte> data);

    /// <summary>等对方的下一份。</summary>
    /// <param name="size">多少字节，双方事先说好。</param>
    /// <returns>收到的字节，下一次调用之前有效。</returns>
    ReadOnlySpan<byte> Receive(int size);
}

/// <summary>四种通道，每种都把发送方缓冲区里的字节送到接收方看得到的内存。</summary>
internal static class Channels
{
    /// <summary>一份至多多少字节；用不到的部分不占内存。</summary>
    public const int Capacity = 8 << 20;

    /// <summary>打开一端的全部通道，两端的次序相同。</summary>
    /// <param name="side">0 是建立它们的一方，1 是另一方。</param>
    /// <param name="memory">memfd，大小为 <see cref="SharedMemoryChannel.Size"/>。</param>
    /// <param name="pipeIn">本方读的管道。</param>
    /// <param name="pipeOut">本方写的管道。</param>
    /// <param name="socket">Unix 域套接字的一端。</param>
    public static IChannel[] Open(int side, int memory, int pipeIn, int pipeOut, int socket)
    {
        var shared = new SharedMemoryChannel(memory, side);
        return
        [
            shared,
            new RemapChannel(memory, side, shared),
            new StreamChannel("管道", pipeIn, pipeOut),
            new StreamChannel("Unix 域套接字", socket, socket),
        ];
    }

    /// <summary>读过每一个字节才算得出的校验和：改动任何一个字节、调换次序，结果都不同。</summary>
    /// <param name="data">字节，个数是 8 的倍数。</param>
    // 四路并行，免得乘法的延迟盖过要量的传输；直接编译成优化过的代码，免得头几轮慢。
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Checksum(ReadOnlySpan<byte> data)
    {
        const ulong prime = 0x9E3779B97F4A7C15;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        ulong a = 1, b = 2, c = 3, d = 4;
        int i = 0;
        for (; i + 4 <= words.Length; i += 4)
        {
            a = (a ^ words[i]) * prime;
            b = (b ^ words[i + 1]) * prime;
            c = (c ^ words[i + 2]) * prime;
            d = (d ^ words[i + 3]) * prime;
        }

        for (; i < words.Length; i++) a = (a ^ words[i]) * prime;
        return (((((a * prime) ^ b) * prime) ^ c) * prime) ^ d;
    }
}

/// <summary>共享内存：映射一次，一直用；信号量通知对方。两个方向各有一个信号量和一块数据。</summary>
internal sealed unsafe class SharedMemoryChannel : IChannel
{
    private readonly int _side;
    private readonly byte* _start;
    private readonly byte* _mine;
    private readonly byte* _theirs;

    public SharedMemoryChannel(int fd, int side)
    {
        _start = (byte*)Must(mmap(null, (nuint)Size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        _side = side;
        _mine = _start + (side * Block);
        _theirs = _start + ((1 - side) * Block);
        if (side != 0) return;
        Must(sem_init((sem_t*)_mine, 1, 0));
        Must(sem_init((sem_t*)_theirs, 1, 0));
    }

    /// <summary>memfd 要有多大。</summary>
    public static int Size => 2 * Block;

    /// <summary>一个方向占多少：信号量占第一页，其后是数据，数据因此对齐页。</summary>
    public static int Block => getpagesize() + Channels.Capacity;

    public string Name => "共享内存";

    public void Send(ReadOnlySpan<byte> data)
    {
        data.CopyTo(new Span<byte>(_mine + getpagesize(), data.Length));
        Must(sem_post((sem_t*)_mine));
    }

    // 不复制：接收方就在共享内存里读。
    public ReadOnlySpan<byte> Receive(int size)
    {
        Must(sem_wait((sem_t*)_theirs));
        return new ReadOnlySpan<byte>(_theirs + getpagesize(), size);
    }

    // 谁初始化的信号量谁结束它；这时对方已经不用了。
    public void Dispose()
    {
        if (_side == 0)
        {
            Must(sem_destroy((sem_t*)_mine));
            Must(sem_destroy((sem_t*)_theirs));
        }

        Must(munmap(_start, (nuint)Size));
    }
}

/// <summary>同一块共享内存，但每一份都重新映射、用完解除：看映射要不要留着重用。</summary>
internal sealed unsafe class RemapChannel(int fd, int side, SharedMemoryChannel semaphores) : IChannel
{
    private void* _mapped;
    private nuint _length;

    public string Name => "共享内存-重映射";

    public void Send(ReadOnlySpan<byte> data)
    {
        data.CopyTo(new Span<byte>(Map(side, data.Length, PROT_READ | PROT_WRITE), data.Length));
        Unmap();
        semaphores.Send([]);
    }

    public ReadOnlySpan<byte> Receive(int size)
    {
        Unmap();
        semaphores.Receive(0);
        return new ReadOnlySpan<byte>(Map(1 - side, size, PROT_READ), size);
    }

    public void Dispose() => Unmap();

    private void* Map(int block, int size, Protection prot)
    {
        Unmap();
        long offset = ((long)block * SharedMemoryChannel.Block) + getpagesize();
        _mapped = Must(mmap(null, (nuint)size, prot, MAP_SHARED, fd, offset));
        _length = (nuint)size;
        return _mapped;
    }

    private void Unmap()
    {
        if (_mapped == null) return;
        Must(munmap(_mapped, _length));
        _mapped = null;
    }
}

/// <summary>字节流：管道，或 Unix 域套接字。写进内核一次，从内核读出来又一次。</summary>
internal sealed unsafe class StreamChannel(string name, int readFd, int writeFd) : IChannel
{
    private readonly byte[] _buffer = new byte[Channels.Capacity];

    public string Name => name;

    public void Send(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            for (nint done = 0; done < data.Length;) done += Must(write(writeFd, start + done, (nuint)(data.Length - done)));
        }
    }

    public ReadOnlySpan<byte> Receive(int size)
    {
        fixed (byte* start = _buffer)
        {
            for (int done = 0; done < size;)
            {
                nint n = Must(read(readFd, start + done, (nuint)(size - done)));
                if (n == 0) errx(1, $"read({readFd}): 对方已经结束。");
                done += (int)n;
            }
        }

        return _buffer.AsSpan(0, size);
    }

    public void Dispose()
    {
    }
}
