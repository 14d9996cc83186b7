using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>表里的一格：一种通道，一种大小，量到的各次往返。</summary>
/// <param name="index">通道的序号，两端相同。</param>
/// <param name="channel">通道。</param>
/// <param name="size">每次多少字节。</param>
internal sealed class Cell(int index, IChannel channel, int size)
{
    /// <summary>说一次走哪条通道，接着往返几次。</summary>
    public const int Batch = 4;

    /// <summary>通道的名字。</summary>
    public string Name => channel.Name;

    /// <summary>每次多少字节。</summary>
    public int Size => size;

    /// <summary>各次往返用时，微秒。</summary>
    public List<double> Times { get; } = [];

    /// <summary>校验和不符的次数。</summary>
    public int Wrong { get; private set; }

    /// <summary>用时的中位数，微秒。</summary>
    public double Median => Times.Order().ElementAt(Times.Count / 2);

    /// <summary>每秒多少 MB（百万字节）：每微秒一个字节就是 1 MB/s。</summary>
    public double Throughput => Size / Median;

    /// <summary>来回传，直到时间用完；记下每次往返的用时。</summary>
    /// <param name="control">先在这条通道上告诉接收方：接下来几次走哪条通道，每次多少字节。</param>
    /// <param name="milliseconds">时间。</param>
    public void Measure(IChannel control, int milliseconds)
    {
        byte[] data = new byte[size];
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalMilliseconds < milliseconds;)
        {
            RoundTrip(control, BitConverter.GetBytes(((long)index << 32) | (long)size));
            for (int i = 0; i < Batch; i++)
            {
                Random.Shared.NextBytes(data);
                ulong expected = Channels.Checksum(data);
                long start = Stopwatch.GetTimestamp();
                ulong answer = RoundTrip(channel, data);
                Times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                if (answer != expected) Wrong++;
            }
        }
    }

    /// <summary>一次往返：送出字节，等对方答回校验和。</summary>
    /// <param name="channel">通道。</param>
    /// <param name="data">字节。</param>
    public static ulong RoundTrip(IChannel channel, ReadOnlySpan<byte> data)
    {
        channel.Send(data);
        return MemoryMarshal.Read<ulong>(channel.Receive(sizeof(ulong)));
    }
}
