using Posix;
using WhyFast;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>消息从 8 字节到 8 MiB，走 15-WhyFast 的几种通道，用的是它自己的代码。</summary>
internal static class Messages
{
    /// <summary>六个数量级，8 字节到 8 MiB，每次乘 8 或 4。</summary>
    public static readonly int[] Sizes = [8, 64, 512, 4 << 10, 32 << 10, 256 << 10, 1 << 20, 8 << 20];

    /// <summary>各种通道、各种大小的往返。</summary>
    /// <param name="rounds">多少轮。</param>
    /// <param name="milliseconds">每轮每格多久。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static Cell[] Run(int rounds, int milliseconds, Action<string> progress)
    {
        (Wires mine, Wires theirs) = Wires.Create("/dev/shm");
        IChannel[] channels = mine.Open(side: 0);
        Errno error = spawn_self(out int pid, ["receiver"], theirs.Handover());
        if (error != 0) throw new InvalidOperationException($"posix_spawn: {strerrorname_np(error)}");
        theirs.CloseExcept(mine);
        var receiver = new Examples.Watch(pid);

        // 文件读写不在其中：与管道、套接字比。
        Cell[] cells = [.. Sizes.SelectMany(size => channels.Select((channel, index) => (channel, index)).Where(c => c.channel is not FileChannel).Select(c => new Cell(c.index, c.channel, size)))];
        for (int round = 0; round <= rounds; round++)
        {
            progress($"消息大小，第 {round} 轮");
            foreach (Cell cell in cells) cell.Measure(channels[0], milliseconds);
            if (round == 0) Array.ForEach(cells, cell => cell.Times.Clear());
        }

        receiver.Expect();
        Cell.RoundTrip(channels[0], BitConverter.GetBytes(0L));
        receiver.Join();
        Array.ForEach(channels, channel => channel.Dispose());
        mine.Close();
        return cells.Sum(cell => cell.Wrong) == 0 ? cells : throw new InvalidOperationException("校验和不符：量到的不算数。");
    }
}
