// 共享内存快多少。对应文章「mmap系列函数简介」里的「很大程度上提高了系统的效率」。
//
//     dotnet run --project examples/15-WhyFast                  约十秒
//     dotnet run --project examples/15-WhyFast -- --quick       缩短的一遍，一秒左右
//
// 同样的字节走四种通道，从发送方到接收方；接收方读完每个字节，答回校验和，算一次往返。
// 快多少取决于大小，也取决于映射是留着重用还是每次重做。快慢随机器而变，只报告，不判断。
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int Shared = 0, Remapped = 1, Pipe = 2, Most = 1 << 20;
const int MemoryFd = 3, PipeFd = 4, SocketFd = 5;
string[] channels = ["共享内存", "每次重新映射", "管道", "Unix 域套接字"];
int[] sizes = [64, 4 << 10, 64 << 10, Most];

// memfd 的第一页放两个信号量和答案，数据从第二页起。
int page = getpagesize();

return args switch
{
    [] => Sender(rounds: 20),
    ["--quick"] => Sender(rounds: 3),
    ["receiver", var rounds] when was_spawned => Receiver(int.Parse(rounds)),
    _ => errx(2, "用法：WhyFast [--quick]（接收方由它自己启动）"),
};

unsafe int Sender(int rounds)
{
    int memory = Must(memfd_create("why-fast", MFD_CLOEXEC));
    Must(ftruncate(memory, page + Most));
    var shared = (Header*)Must(mmap(null, (nuint)(page + Most), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0));
    Must(sem_init((sem_t*)shared->Sent, 1, 0));
    Must(sem_init((sem_t*)shared->Answered, 1, 0));
    int* pipe = stackalloc int[2], socket = stackalloc int[2];
    Must(pipe2(pipe, O_CLOEXEC));
    Must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket));
    (int, int)[] theirs = [(memory, MemoryFd), (pipe[0], PipeFd), (socket[1], SocketFd)];
    Must(spawn_self(out int receiver, ["receiver", $"{rounds}"], theirs));
    Must(close(pipe[0]));
    Must(close(socket[1]));

    // 接收方如果中途结束，就没有人回答：另有一个线程等着它结束。
    var watch = new Thread(() =>
    {
        string ending = ChildProcess.Wait(receiver);
        if (ending != "退出码 0") errx(1, $"waitpid({receiver}): 接收方没有做完（{ending}）。");
    });
    watch.Start();
    Console.Error.WriteLine($"每种大小、每种通道量 {rounds} 轮，请稍候……");

    var times = channels.Select(_ => sizes.Select(_ => new List<double>()).ToArray()).ToArray();
    int wrong = 0;
    foreach ((int round, int size, int channel) in Plan(rounds))
    {
        byte[] data = new byte[sizes[size]];
        Random.Shared.NextBytes(data);
        long start = Stopwatch.GetTimestamp();
        if (channel is Shared or Remapped)
        {
            byte* memPtr = channel == Shared ? (byte*)shared + page : Map(memory, data.Length);
            data.CopyTo(new Span<byte>(memPtr, data.Length));
            if (channel == Remapped) Must(munmap(memPtr, (nuint)data.Length));
            Must(sem_post((sem_t*)shared->Sent));
        }
        else
        {
            int fd = channel == Pipe ? pipe[1] : socket[0];
            fixed (byte* buf = data)
                for (nint n = 0; n < data.Length;) n += Must(write(fd, buf + n, (nuint)(data.Length - n)));
        }

        // 四种通道都由同一个信号量说「答了」。第一轮热身，不算。
        Must(sem_wait((sem_t*)shared->Answered));
        if (round > 0) times[channel][size].Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        if (shared->Answer != Checksum(data)) wrong++;
    }

    watch.Join();
    Must(sem_destroy((sem_t*)shared->Sent));
    Must(sem_destroy((sem_t*)shared->Answered));
    Must(munmap(shared, (nuint)(page + Most)));
    foreach (int fd in (int[])[memory, pipe[1], socket[0]]) Must(close(fd));
    Report(times);
    Observe("B2", $"{Plan(rounds).Count()} 次往返，每次换一批随机字节：校验和不符的有 {Is(wrong, 0)} 次");
    return ExitCode;
}

unsafe int Receiver(int rounds)
{
    ChildProcess.EndWithParent();
    var shared = (Header*)Must(mmap(null, (nuint)(page + Most), PROT_READ | PROT_WRITE, MAP_SHARED, MemoryFd, 0));
    byte[] buffer = new byte[Most];
    foreach ((_, int size, int channel) in Plan(rounds))
    {
        int length = sizes[size];
        if (channel is Shared or Remapped)
        {
            // 就在共享内存里读，不复制。
            Must(sem_wait((sem_t*)shared->Sent));
            byte* memPtr = channel == Shared ? (byte*)shared + page : Map(MemoryFd, length);
            shared->Answer = Checksum(new ReadOnlySpan<byte>(memPtr, length));
            if (channel == Remapped) Must(munmap(memPtr, (nuint)length));
        }
        else
        {
            // 发送方的 write 把字节复制进内核，这里的 read 再复制出来。
            int fd = channel == Pipe ? PipeFd : SocketFd;
            fixed (byte* buf = buffer)
                for (nint n = 0; n < length;) n += Must(read(fd, buf + n, (nuint)(length - n)));
            shared->Answer = Checksum(buffer.AsSpan(0, length));
        }

        Must(sem_post((sem_t*)shared->Answered));
    }

    return 0;
}

// 双方照同样的次序走。一轮之内每一格都测到：机器忙闲不定，对各种通道也是公平的。
IEnumerable<(int Round, int Size, int Channel)> Plan(int rounds) =>
    from round in Enumerable.Range(0, rounds + 1)
    from size in Enumerable.Range(0, sizes.Length)
    from channel in Enumerable.Range(0, channels.Length)
    from trip in Enumerable.Range(0, sizes[size] == Most ? 20 : 100)
    select (round, size, channel);

unsafe byte* Map(int memory, int length) =>
    (byte*)Must(mmap(null, (nuint)length, PROT_READ | PROT_WRITE, MAP_SHARED, memory, page));

// 读过每一个字节才算得出：改动任何一个字节，结果都不同。
static ulong Checksum(ReadOnlySpan<byte> data)
{
    ulong sum = 0;
    foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(data)) sum = BitOperations.RotateLeft(sum, 5) ^ word;
    return sum;
}

void Report(List<double>[][] times)
{
    double Median(List<double> cell) => cell.Order().ElementAt(cell.Count / 2);
    double[][] medians = [.. times.Select(channel => channel.Select(Median).ToArray())];
    Console.WriteLine("  往返，微秒      " + string.Concat(sizes.Select(size => $"{Name(size),10}")));
    for (int c = 0; c < channels.Length; c++)
        Console.WriteLine($"  {Pad(channels[c], 16)}{string.Concat(medians[c].Select(median => $"{median,10:F1}"))}");
    for (int c = 1; c < channels.Length; c++)
    {
        double few = medians[c][0] / medians[Shared][0], many = medians[c][^1] / medians[Shared][^1];
        Observe("B2", $"{channels[c]}的用时，{Name(sizes[0])} 是共享内存的 {few:F1} 倍，{Name(Most)} 是 {many:F1} 倍");
    }
}

static string Name(int bytes) =>
    bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : bytes >= 1 << 10 ? $"{bytes >> 10} KiB" : $"{bytes} B";

/// <summary>共享内存的开头。信号量的内容不公开，各留 64 字节。</summary>
internal unsafe struct Header
{
    public fixed byte Sent[64];
    public fixed byte Answered[64];
    public ulong Answer;
}
