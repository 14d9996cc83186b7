using Examples;
using static Posix.Libc;

/// <summary>把 /proc/self/maps 里与三页有关的部分写成一句话。</summary>
internal static unsafe class Maps
{
    /// <summary>覆盖三页的映射，用「、」隔开；没有映射的一页写「无」，连着属于同一个的只写一次。</summary>
    /// <param name="start">三页的起始地址。</param>
    public static string Of(byte* start)
    {
        var seen = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            string range = Proc.Mapping(start + (i * getpagesize()))?.Split(' ')[0] ?? "无";
            if (seen.LastOrDefault() != range) seen.Add(range);
        }

        return string.Join('、', seen);
    }

    /// <summary>一段地址，照 /proc/self/maps 的写法：十六进制，至少八位。</summary>
    /// <param name="start">起始地址。</param>
    /// <param name="end">末尾之后的地址。</param>
    public static string Range(byte* start, byte* end) => $"{(ulong)start:x8}-{(ulong)end:x8}";
}
