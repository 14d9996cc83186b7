using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Engine;

/// <summary>每次运行都不同的，写成一样：编号换成记号，地址换成「哪一段映射」，临时目录换成 /tmp，对象的名字换成 /memmap。显示的时候再换回来。</summary>
/// <param name="name">这一次的对象的名字，不含斜线。</param>
/// <param name="files">这一次的临时目录。</param>
internal sealed partial class Mask(string name, string files, List<Lane> lanes)
{
    /// <summary>记号：第几个进程的编号。</summary>
    public const char PidMark = '\uE000';

    /// <summary>记号：两个之间是哪一段映射的地址，例如 0|/memmap|0。</summary>
    public const char AddressMark = '\uE0F0';

    // 内存里的记号，后面的 26 个数是各个进程的编号：内核给的编号至多 2^22，程序自己也不会恰好写入它们。
    private const int PidWord = 0x3FFFE000, AddressLow = PidWord + 0xF0, AddressHigh = AddressLow + 1;

    /// <summary>映射的地址：哪个进程的、什么的、第几段，写成 0|/memmap|0。</summary>
    public Dictionary<string, string> Addresses { get; } = [];

    /// <summary>各个进程有过的读得到的映射，从哪里到哪里。</summary>
    public HashSet<(ulong Start, ulong End)> Mapped { get; } = [];

    /// <summary>名字、打印的、变量的值，换成一样的。</summary>
    /// <param name="printer">是第几个进程的：两个进程的映射可能恰好在同一个地址，先看它自己的。</param>
    public string Of(string text, int printer = -1) => Varying().Replace(text.Replace(name, "memmap", StringComparison.Ordinal).Replace(files, "/tmp", StringComparison.Ordinal), m =>
    {
        if (m.Value.StartsWith("0x", StringComparison.Ordinal)) return Addresses.Where(a => a.Value == m.Value).Select(a => a.Key).OrderByDescending(k => k.Split('|')[0] == $"{printer}").FirstOrDefault() is { } key ? $"{AddressMark}{key}{AddressMark}" : "0x…";
        int lane = lanes.FindIndex(l => $"{l.Peer.Pid}" == m.Value);
        return lane >= 0 ? $"{(char)(PidMark + lane)}" : m.Value;
    });

    /// <summary>内存里的编号，对齐的四个字节，也就地换成一样的；互斥锁里主人的编号带着最高的两位，落在谁的映射里的地址只留下「有」。</summary>
    /// <param name="guesses">看上去像地址的，也算地址。</param>
    public void In(Span<byte> content, bool guesses = false)
    {
        foreach (ref ulong word in MemoryMarshal.Cast<byte, ulong>(content)) word = IsAddress(word, guesses) ? ((ulong)AddressHigh << 32) | AddressLow : word;
        foreach (ref uint word in MemoryMarshal.Cast<byte, uint>(content))
        {
            uint number = word & 0x3FFFFFFF, flags = word & 0xC0000000;
            if (LaneOf(number) is >= 0 and var lane) word = flags | (PidWord + (uint)lane);
        }
    }

    // 只看大小不行：前一个是 0、后一个是三万的两个整数，合起来看也像地址。
    private bool IsAddress(ulong word, bool guesses) => word >> 32 != 0 && LaneOf((uint)(word >> 32)) < 0
        && ((guesses && word >> 40 is >= 0x55 and <= 0xFF) || Mapped.Any(one => one.Start <= word && word <= one.End));

    private int LaneOf(uint number) => number == 0 ? -1 : lanes.FindIndex(l => l.Peer.Pid == number);

    /// <summary>内存里的一个整数，由 <see cref="In"/> 换过之后怎样写：编号写成是谁的，地址的高一半不写。</summary>
    public static string Word(int word) => (word & 0x3FFFFFFF) switch
    {
        AddressLow => "地址",
        AddressHigh => "",
        >= PidWord and < PidWord + 26 and var who => $"{(char)('A' + who - PidWord)} 的编号{(word < 0 ? "|FUTEX_WAITERS" : "")}",
        _ => $"{word}",
    };

    [GeneratedRegex("0x[0-9a-f]{8,16}|[0-9]+")]
    private static partial Regex Varying();
}
