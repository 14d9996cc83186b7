using Examples;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>消息从 8 字节到 8 MiB，走几种通道，见 Channels.cs；15-WhyFast 是同样的比较，短得多。</summary>
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
        (Wires mine, Wires theirs) = Wires.Create();
        IChannel[] channels = mine.Open(side: 0);
        Must(spawn_self(out int pid, ["receiver"], theirs.Handover()));
        theirs.CloseExcept(mine);

        // 接收方如果中途结束，就没有人回答：另有一个线程等着它结束。
        var watch = new Thread(() =>
        {
            string ending = ChildProcess.Wait(pid);
            if (ending != "退出码 0") errx(1, $"waitpid({pid}): 接收方没有做完（{ending}）。");
        });
        watch.Start();

        Cell[] cells = [.. Sizes.SelectMany(size => channels.Select((channel, index) => new Cell(index, channel, size)))];
        for (int round = 0; round <= rounds; round++)
        {
            progress($"消息大小，第 {round} 轮");
            foreach (Cell cell in cells) cell.Measure(channels[0], milliseconds);
            if (round == 0) Array.ForEach(cells, cell => cell.Times.Clear());
        }

        Cell.RoundTrip(channels[0], BitConverter.GetBytes(0L));
        watch.Join();
        Array.ForEach(channels, channel => channel.Dispose());
        mine.Close();
        return cells.Sum(cell => cell.Wrong) == 0 ? cells : throw new InvalidOperationException("校验和不符：量到的不算数。");
    }
}
