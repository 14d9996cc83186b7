// 长短不一的消息，用的还是 19 的环：一格 8 字节，一条消息占连着的几格，第一格是它的长度。
//
//     dotnet run --project examples/19-Records
using Examples;
using static Examples.Observation;
using static Posix.Libc;

// 接收方的账记在内存的头里，环没有用到的地方。
const int MemoryFd = 3, ListenFd = 4, BellFd = 5, Result = 896;
const int Word = sizeof(long), Most = (Ring.Capacity - 1) * Word, End = -1;

if (args is ["receive"] && was_spawned) return Receive();
if (args is not []) errx(2, "用法：Records（没有参数）");
return Send();

static unsafe int Send()
{
    int fd = Must(memfd_create("records", MFD_CLOEXEC));
    Must(ftruncate(fd, (long)Ring.Bytes(Word)));
    var memory = (byte*)Must(mmap(null, Ring.Bytes(Word), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int* ours = stackalloc int[2], theirs = stackalloc int[2];
    Must(pipe2(ours, O_CLOEXEC));
    Must(pipe2(theirs, O_CLOEXEC));
    Must(spawn_self(out int pid, ["receive"], (fd, MemoryFd), (theirs[0], ListenFd), (ours[1], BellFd)));
    foreach (int theirEnd in (int[])[fd, theirs[0], ours[1]]) Must(close(theirEnd));

    var ring = new Ring(memory, Word, true, ours[0], theirs[1], Ring.CacheLine);
    var sent = new Account();
    foreach (byte[] message in Enumerable.Range(0, 5_000).Select(_ => new byte[Random.Shared.Next(Most + 1)]))
    {
        Random.Shared.NextBytes(message);
        if (!Put(ring, message)) errx(1, $"read: 交出 {sent.Count} 条，接收方就不在了（{ChildProcess.Wait(pid)}）。");
        sent.Add(message);
    }

    // 没有了，要说出来：只关闭管道，接收方分不清是送完了，还是死在半路。
    if (ring.Wait() == 0) errx(1, $"read: 接收方没有取完就不在了（{ChildProcess.Wait(pid)}）。");
    *(long*)ring.Slot(0) = End;
    ring.Advance(1);
    string ending = Is(ChildProcess.Wait(pid), "退出码 0");
    Account got = *(Account*)(memory + Result);
    string bytes = $"收到 {Is(got.Count, sent.Count)} 条、{Is(got.Bytes, sent.Bytes)} 字节";
    Observe("K1", $"送出 {sent.Count} 条，各 0 到 {Most} 字节；{bytes}，摘要 {Is(got.Sum, sent.Sum)}，{ending}");
    return ExitCode;
}

static unsafe int Receive()
{
    var memory = (byte*)Must(mmap(null, Ring.Bytes(Word), PROT_READ | PROT_WRITE, MAP_SHARED, MemoryFd, 0));
    var ring = new Ring(memory, Word, false, ListenFd, BellFd, Ring.CacheLine);
    while (Take(ring) is { } message) ((Account*)(memory + Result))->Add(message);
    return 0;
}

// 等到整条都放得下才写，写完一起交出：接收方看到长度的时候，后面的几格也都在了。
static unsafe bool Put(in Ring ring, ReadOnlySpan<byte> message)
{
    if (ring.Wait(Slots(message.Length)) < Slots(message.Length)) return false;
    *(long*)ring.Slot(0) = message.Length;
    for (int at = 0; at < message.Length; at += Word)
        message[at..Math.Min(at + Word, message.Length)].CopyTo(new Span<byte>(ring.Slot(1 + (at / Word)), Word));
    ring.Advance(Slots(message.Length));
    return true;
}

static unsafe byte[]? Take(in Ring ring)
{
    if (ring.Wait() < 1) errx(1, "read: 发送方没有说送完就不在了，以后的收不到了。");
    long length = *(long*)ring.Slot(0);
    if (length == End) return null;
    bool isWhole = length is >= 0 and <= Most && ring.Wait(Slots((int)length)) >= Slots((int)length);
    if (!isWhole) errx(1, $"read: 长度写作 {length} 字节，交出的却没有这么多：内存被写坏了，不再读。");
    var message = new byte[length];
    for (int at = 0; at < message.Length; at += Word)
        new Span<byte>(ring.Slot(1 + (at / Word)), Math.Min(Word, message.Length - at)).CopyTo(message.AsSpan(at));
    ring.Advance(Slots(message.Length));
    return message;
}

static int Slots(int length) => 1 + ((length + Word - 1) / Word);

internal struct Account
{
    public long Count, Bytes;
    public uint Sum;

    public void Add(byte[] message)
    {
        (Count, Bytes) = (Count + 1, Bytes + message.Length);
        foreach (byte one in message) Sum = (Sum * 31) + one;
    }
}
