// 共享内存快多少。对应文章「mmap系列函数简介」里的「很大程度上提高了系统的效率」。
//
//     dotnet run --project examples/15-WhyFast                  量 10 秒左右
//     dotnet run --project examples/15-WhyFast -- --quick       粗略地量，2 秒左右
//
// 同样的字节从一个进程到另一个进程，走五种通道（Channels.cs）；对方读完每个字节，答回校验和，算一次往返。
// 快多少取决于大小，也取决于映射是留着重用还是每次重做；数字随机器而变，只报告，不判断。
using Examples;
using Posix;
using WhyFast;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static class Program
{
    private static readonly int[] Sizes = [64, 4 << 10, 64 << 10, 1 << 20];

    private static int Main(string[] args) => args switch
    {
        [] => Measure(rounds: 5, milliseconds: 70),
        ["--quick"] => Measure(rounds: 2, milliseconds: 20),
        ["receiver"] when Wires.Inherited.AreHandedOver() => Receiver.Run(),
        _ => Usage(),
    };

    private static int Measure(int rounds, int milliseconds)
    {
        string folder = DiskFolder.Find() ?? "/dev/shm";
        (Wires mine, Wires theirs) = Wires.Create(folder);
        IChannel[] channels = mine.Open(side: 0);
        Errno error = spawn_self(out int pid, ["receiver"], theirs.Handover());
        if (error != 0) return Fail(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"receiver\")");
        theirs.CloseExcept(mine);
        var receiver = new Watch(pid);

        Cell[] cells = [.. Sizes.SelectMany(size => channels.Select((channel, index) => new Cell(index, channel, size)))];
        Console.Error.WriteLine($"{cells.Length} 格，热身一轮，再量 {rounds} 轮，请稍候……");
        for (int round = 0; round <= rounds; round++)
        {
            // 一轮之内每一格都量到：机器一时忙一时闲，谁也不占便宜。
            foreach (Cell cell in cells) cell.Measure(channels[0], milliseconds);
            if (round == 0) Array.ForEach(cells, cell => cell.Times.Clear());
        }

        receiver.Expect();
        Cell.RoundTrip(channels[0], BitConverter.GetBytes(0L));
        if (receiver.Join() is { } how) return Fail(ECHILD, $"waitpid({pid})", (ECHILD, $"接收方{how}。"));
        Array.ForEach(channels, channel => channel.Dispose());
        mine.Close();

        Table.Print(cells);
        Observe("B2", "4096 字节里每次只改一个字节，校验和没有察觉的次数", 0, Channels.Unnoticed(4096));
        Observe("B2", $"{cells.Sum(cell => cell.Times.Count)} 次往返，每次换一批随机字节，接收方的校验和不符的次数", 0, cells.Sum(cell => cell.Wrong));
        Report("B2", "文件读写的文件所在的目录；没有 fsync，量的是内存里的页缓存", folder);
        return ExitCode;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("用法：WhyFast [--quick]");
        return 2;
    }
}
