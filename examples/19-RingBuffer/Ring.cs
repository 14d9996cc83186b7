using System.Runtime.CompilerServices;
using static Posix.Libc;

/// <summary>共享内存里的环形缓冲区，一个发送方，一个接收方；本进程是其中一方。</summary>
// 两方各有一个只增不减的下标：发送方交出了几条，接收方还回了几格。做法因此相同：等到有格子轮到自己（发送方等空格，
// 接收方等消息），在格子里写或者读，下标往前。睡着的时候读管道 listen，写管道 bell 叫醒对方；另外两端只在对方手里。
internal readonly unsafe struct Ring(byte* memory, int size, bool sends, int listen, int bell, int apart)
{
    // 格数，2 的幂。缓存行多半 64 字节，可是 x64 常一次取相邻的两行，有的 arm64 一行 128。
    public const int Capacity = 1024, CacheLine = 128;

    // 空转一次几十纳秒，总共几十微秒：与睡眠再叫醒差不多，白白空转也只多花一倍。
    private const int Spins = 1000, Header = 1024;

    // 每个数隔开 apart 字节，各在一条缓存行里：一方写自己的数，不会把对方正在用的那一行拿走。
    private readonly long* _mine = (long*)(memory + (sends ? 0 : apart));
    private readonly long* _theirs = (long*)(memory + (sends ? apart : 0));
    private readonly long* _asleep = (long*)(memory + (sends ? 2 * apart : 3 * apart));
    private readonly long* _theirAsleep = (long*)(memory + (sends ? 3 * apart : 2 * apart));
    private readonly long* _seen = (long*)(memory + (sends ? 4 * apart : 5 * apart));
    private readonly long _ahead = sends ? Capacity : 0;

    public int Size => size;
    public long Theirs => Volatile.Read(ref *_theirs);
    private long Look() => (*_seen = Volatile.Read(ref *_theirs)) + _ahead - *_mine;

    /// <summary>内存要多大；开始时全是 0。</summary>
    public static nuint Bytes(int size) => (nuint)(Header + (Capacity * size));

    /// <summary>轮到自己的第几格，从 0 起，见 <see cref="Wait"/>。</summary>
    public byte* Slot(long i) => memory + Header + (((*_mine + i) & (Capacity - 1)) * size);

    /// <summary>等到至少有 least 格轮到自己，返回几格；不到，是对方不在了，它交出的只有这些。</summary>
    public long Wait(long least = 1)
    {
        // 上次看到的够用，就不再看：对方的下标在对方那个核的缓存里，看一眼就要取过来一行。
        if (*_seen + _ahead - *_mine is var known && known >= least) return known;

        // 先空转：对方正忙着，不到一微秒就有了。SpinWait 让对方的写入插得进来。
        for (int spin = 0; spin < Spins; spin++)
        {
            if (Look() is var ready && ready >= least) return ready;
            Thread.SpinWait(1);
        }

        return Sleep(least);
    }

    /// <summary>用完了几格，一起交给对方；它睡着，就叫醒它。</summary>
    public void Advance(long count)
    {
        // Volatile.Write：看得到新下标的一方，也看得到之前在格子里做的。
        Volatile.Write(ref *_mine, *_mine + count);

        // 我先写下标，再看对方睡没睡；对方先写「睡了」，再看下标。两边都要 MemoryBarrier，写才一定在看之前：
        // 否则各看到旧的值，对方睡下，我不叫醒它，就谁也不会再醒。
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *_theirAsleep) == 1) Wake();
    }

    // 睡着不占 CPU。先写「睡了」，再看最后一次：有了就撤销；撤销不成，是对方已经来叫醒，那个字节要读走。
    // 系统调用另成一个函数：进出 .NET 要做准备，不让编译器并进每条消息都走的那一段。
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long Sleep(long least)
    {
        byte wake;
        do
        {
            Volatile.Write(ref *_asleep, 1);
            Interlocked.MemoryBarrier();
            if (Look() >= least && Interlocked.Exchange(ref *_asleep, 0) == 1) break;
        }
        while (Must(read(listen, &wake, 1)) == 1 && Look() < least);

        // 读到结尾，就是对方不在了：不论怎样死的，内核都关闭它的描述符。它死之前交出的还在。
        return Look();
    }

    // 谁把 1 换成 0，谁写一个字节，只写一个。对方不在了也不要紧：轮到自己等的时候会知道。
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wake()
    {
        byte wake = 1;
        if (Interlocked.Exchange(ref *_theirAsleep, 0) == 1) Must(write(bell, &wake, 1), null, (EPIPE, Allowed));
    }
}
