// 不必叫醒对方的队列：两个进程之间的环形缓冲区，一个发送，一个接收。文章之外，接着第 10、13、15 章。
//
//     dotnet run --project examples/19-RingBuffer             速度；空闲时的 CPU；一方被杀之后
//     dotnet run --project examples/19-RingBuffer -- 条数     只送这么多条，每条 64 字节，途中可以 kill -9 其中一个
// 队列在 Ring.cs。消息是随机的；种子两方都知道，收到的一方就能逐条核对。
using System.Diagnostics;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int MemoryFd = 3, ListenFd = 4, BellFd = 5, Many = 2_000_000, Apart = Ring.CacheLine, Bytes = 64;
const long Endless = 1_000_000_000_000;

return args switch
{
    [] => Show(),
    ["send" or "receive", .. var rest] when was_spawned => Child(args[0] == "send", [.. rest.Select(long.Parse)]),
    [var t] when long.TryParse(t, out long n) && n is > 0 and <= Endless => Transfer("一条一条", n, Bytes, 1, Apart),
    _ => errx(2, "用法：RingBuffer [条数]（1 到一万亿）"),
};

static int Show()
{
    Transfer("一批 64 条", Many, 8, 64, Apart);
    Transfer("一条一条", Many, 8, 1, Apart);
    Transfer("同上，挤在一条缓存行", Many, 8, 1, sizeof(long));
    IdleThenKilled(sends: true, "空", "接收方");
    IdleThenKilled(sends: false, "满", "发送方");
    return ExitCode;
}

static int Transfer(string way, long count, int size, int batch, int apart)
{
    Ring ring = Start(sends: true, count, size, batch, apart, out int pid, out ulong random);

    // 放满一圈，还放得下一条，接收方就一定已经在取：从这里起计时。条数少，说不出快慢。
    long sent = Pass(ring, true, Math.Min(Ring.Capacity + 1, count), batch, ref random);
    var clock = Stopwatch.StartNew();
    sent += Pass(ring, true, count - sent, batch, ref random);
    string speed = count < Many ? "" : $"，每秒 {count / clock.Elapsed.TotalMicroseconds:F1} 百万条";
    string ending = ChildProcess.Wait(pid);
    if (sent < count) errx(1, $"read: 交出 {sent} 条，接收方就不在了（{ending}）。");
    Observe("K1", $"{way}：{count} 条 {size} 字节的消息{speed}，接收方逐条核对，{Is(ending, "退出码 0")}");
    return ExitCode;
}

// 另一方先等一秒，再被杀。
static unsafe void IdleThenKilled(bool sends, string state, string who)
{
    Ring ring = Start(sends, Endless, 8, 1, Apart, out int pid, out ulong random);
    long done = Pass(ring, sends, Many / 10, 1, ref random);
    using Process other = Process.GetProcessById(pid);
    double before = other.TotalProcessorTime.TotalMilliseconds;
    Must(poll(null, 0, 1000));
    other.Refresh();
    double used = other.TotalProcessorTime.TotalMilliseconds - before;
    Observe("K1", $"队列{state}着一秒，等着的{who}用掉 {Is(used, "不到 100", used < 100)} 毫秒 CPU 时间");

    Must(kill(pid, SIGKILL));
    var clock = Stopwatch.StartNew();
    done += Pass(ring, sends, Endless, 1, ref random);
    string noticed = $"{clock.Elapsed.TotalMilliseconds:F1} 毫秒之后知道";
    string ending = Is(ChildProcess.Wait(pid), "SIGKILL"), all = Is(done, ring.Theirs + (sends ? Ring.Capacity : 0));
    Observe("K1", $"{who}死于 {ending}，{noticed}；它给出的格子用完了，共 {all} 格");
}

// 启动另一方，把内存、两个管道的各一端和种子交给它。
static unsafe Ring Start(bool sends, long count, int size, int batch, int apart, out int pid, out ulong random)
{
    int fd = Must(memfd_create("ring-buffer", MFD_CLOEXEC));
    Must(ftruncate(fd, (long)Ring.Bytes(size)));
    var memory = (byte*)Must(mmap(null, Ring.Bytes(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int* ours = stackalloc int[2], theirs = stackalloc int[2];
    Must(pipe2(ours, O_CLOEXEC));
    Must(pipe2(theirs, O_CLOEXEC));
    random = (ulong)Random.Shared.NextInt64();
    string[] words = [sends ? "receive" : "send", $"{count}", $"{size}", $"{batch}", $"{apart}", $"{random}"];
    Must(spawn_self(out pid, words, (fd, MemoryFd), (theirs[0], ListenFd), (ours[1], BellFd)));

    // 交出去的两端，自己要关闭：留着一端，对方结束了也读不到结尾。
    foreach (int theirEnd in (int[])[fd, theirs[0], ours[1]]) Must(close(theirEnd));
    return new Ring(memory, size, sends, ours[0], theirs[1], apart);
}

static unsafe int Child(bool sends, long[] n)
{
    (long count, int size, int batch, int apart, ulong random) = (n[0], (int)n[1], (int)n[2], (int)n[3], (ulong)n[4]);
    var memory = (byte*)Must(mmap(null, Ring.Bytes(size), PROT_READ | PROT_WRITE, MAP_SHARED, MemoryFd, 0));
    long done = Pass(new Ring(memory, size, sends, ListenFd, BellFd, apart), sends, count, batch, ref random);
    if (done < count) errx(1, $"read: 做到第 {done} 条，{(sends ? "接收方" : "发送方")}就不在了。");
    return 0;
}

// 送出或收下至多 count 条，返回几条；少了，是对方不在了。
static unsafe long Pass(in Ring ring, bool sends, long count, int batch, ref ulong random)
{
    long done = 0;
    for (long n; done < count && (n = Math.Min(ring.Wait(), Math.Min(batch, count - done))) > 0; done += n)
    {
        for (long i = 0; i < n; i++)
        {
            foreach (ref ulong word in new Span<ulong>(ring.Slot(i), ring.Size / sizeof(ulong)))
            {
                random = (random * 0x5851F42D4C957F2D) + 0x14057B7EF767814F;
                if (sends) word = random;
                else if (word != random) errx(1, $"第 {done + i + 1} 条读到的不对。");
            }
        }

        ring.Advance(n);
    }

    return done;
}
