using System.Runtime.InteropServices;
using static Posix.Libc;

namespace Engine;

/// <summary>台上的进程共享的一个东西，从外面看：名字还在不在，内容，里面的信号量。</summary>
/// <param name="id">同一个东西只有一个，见 <see cref="SharedThings"/>。</param>
/// <param name="kind">种类，见 <see cref="ObjectView"/>。</param>
/// <param name="fd">我们自己打开的：名字没有了也看得到内容；System V 的段没有描述符，是 -1。</param>
/// <param name="segment">System V 的段：怎样读出内容；别的为 null。</param>
internal sealed unsafe partial class Thing(string id, string kind, string name, int fd, Func<byte[]>? segment = null)
{
    /// <summary>内容至多看这么多字节。</summary>
    public const int MostRead = 1 << 18;

    private const int MostBytes = 96, MostBeyond = 6, SemaphoreSize = 32, SEEK_DATA = 3;

    // glibc 2.21 起 sem_t 的前 8 个字节：低 32 位是值，高 32 位是等待的个数。格式是 libc 私有的，所以先创建一个核对；对不上就不显示。
    private static readonly bool KnowsSemaphores = SemaphoreLooksAsExpected();

    public string Id => id;

    public string Name { get; } = name;

    public int Fd => fd;

    /// <summary>怎样称呼；同名的先后有几个时，后面加序号。</summary>
    public string Label { get; set; } = name;

    /// <summary>凭名字还打得开。</summary>
    public bool IsNamed { get; set; }

    /// <summary>名字已经没有了；memfd 本来就没有。</summary>
    public bool IsNameless => !IsNamed && kind != "memfd";

    /// <summary>在里面用 sem_init 创建的信号量，各从第几个字节起。</summary>
    public SortedSet<long> Semaphores { get; } = [];

    /// <summary>里面的一个位置，例如 <c>/memmap+64</c>。</summary>
    public string Place(long offset) => kind == "semaphore" || offset == 0 ? Label : $"{Label}+{offset}";

    /// <summary>那里的信号量怎样称呼；不是信号量为 null。</summary>
    public string? SemaphoreAt(long offset) => kind == "semaphore" ? Label : Semaphores.Contains(offset) ? $"{Label}+{offset}" : null;

    /// <summary>开头的内容，见 <see cref="ObjectView"/>。</summary>
    public static string Start(byte[] content) => Convert.ToHexString(content.AsSpan(0, Math.Min(MostBytes, content.Length)).TrimEnd((byte)0));

    /// <summary>校验：FNV-1a。</summary>
    public static uint Sum(ReadOnlySpan<byte> bytes, uint sum = 2166136261)
    {
        foreach (byte one in bytes) sum = (sum ^ one) * 16777619;
        return sum;
    }

    /// <summary>现在的样子；里面的信号量另算一个，排在它之后。</summary>
    public ObjectView[] Views(Mask mask)
    {
        (long size, byte[] content) = segment?.Invoke() is { } all ? (all.Length, all) : Read();
        ObjectView Semaphore(string label, string as_, bool isNamed, long room, int at) =>
            new(label, as_, isNamed, room, "", 0, BitConverter.ToInt32(content, at), BitConverter.ToInt32(content, at + 4));
        if (kind == "semaphore" && content.Length >= 8 && KnowsSemaphores) return [Semaphore(Label, kind, IsNamed, size, 0)];
        mask.In(content);
        return
        [
            new ObjectView(Label, kind, IsNamed, size, Start(content), AfterEnd(size, Sum(content)), null, null, Beyond(content)),
            .. from at in Semaphores
               where KnowsSemaphores && at + SemaphoreSize <= content.Length
               select Semaphore($"{Label}+{at}", "unnamed", false, SemaphoreSize, (int)at),
        ];
    }

    // 开头的原样给出，再往后的只写出几个整数。高低四个字节都不小，才合成一个八个字节的。
    private string? Beyond(byte[] content)
    {
        List<string> beyond = [];
        for (int at = MostBytes; at + 4 <= content.Length && beyond.Count <= MostBeyond; at += 4)
        {
            int word = BitConverter.ToInt32(content, at), high = at % 8 == 0 && at + 8 <= content.Length ? BitConverter.ToInt32(content, at + 4) : 0;
            string shown = Mask.Word(word);
            if (word == 0 || shown == "" || Semaphores.Any(start => start <= at && at < start + SemaphoreSize)) continue;
            bool isLong = Math.Abs((long)high) >> 24 != 0 && shown == $"{word}" && Mask.Word(high) == $"{high}";
            beyond.Add($"+{at}：{(isLong ? BitConverter.ToUInt64(content, at) : shown)}");
            if (isLong) at += 4;
        }

        if (beyond.Count > MostBeyond) beyond[MostBeyond] = "…";
        return beyond.Count > 0 ? string.Join('，', beyond) : null;
    }

    private (long Size, byte[] Content) Read()
    {
        _ = fstat(fd, out stat_t st);
        byte[] content = new byte[Math.Min(st.st_size, MostRead)];
        fixed (byte* start = content) return (st.st_size, content[..(int)Math.Max(0, pread(fd, start, (nuint)content.Length, 0))]);
    }

    // 对象末尾之后、同一页里的字节：read 读不到，映射着的进程却读得到、写得进，所以也是状态。这一页还是空洞的，不能去读：一读就要分配，/dev/shm 满了就是 SIGBUS。
    private uint AfterEnd(long size, uint sum)
    {
        int page = getpagesize(), used = (int)(size % page);
        void* last = used == 0 || lseek(fd, size - used, SEEK_DATA) != size - used ? MAP_FAILED : mmap(null, (nuint)page, PROT_READ, MAP_SHARED, fd, size - used);
        if (last == MAP_FAILED) return sum;
        var rest = new ReadOnlySpan<byte>((byte*)last + used, page - used);
        if (rest.ContainsAnyExcept((byte)0)) sum = Sum(rest, sum);
        munmap(last, (nuint)page);
        return sum;
    }

    [LibraryImport("libc")]
    private static partial long lseek(int fd, long offset, int whence);

    private static bool SemaphoreLooksAsExpected()
    {
        long* room = stackalloc long[8];
        return sem_init((sem_t*)room, 1, 7) == 0 && room[0] == 7;
    }
}
