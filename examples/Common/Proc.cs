using System.Globalization;

namespace Examples;

/// <summary>从 /proc/self 读内核对本进程的记录。</summary>
internal static unsafe class Proc
{
    /// <summary>/proc/self/maps 里覆盖 <paramref name="address"/> 的那一行。</summary>
    /// <param name="address">地址。</param>
    /// <returns>整行；那里没有映射时为 null。</returns>
    public static string? Mapping(void* address) =>
        File.ReadLines("/proc/self/maps").FirstOrDefault(line => Covers(line, (ulong)address));

    /// <summary>/proc/self/smaps 里覆盖 <paramref name="address"/> 的映射的一项。</summary>
    /// <param name="address">地址。</param>
    /// <param name="field">项名，例如 Shared_Dirty。</param>
    /// <returns>KiB；没有这个映射或这一项时为 -1。</returns>
    public static long SmapsKiB(void* address, string field)
    {
        bool here = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            // 映射行以十六进制地址开头，之后每行一项。
            if (!char.IsAsciiLetterUpper(line[0])) here = Covers(line, (ulong)address);
            else if (here && line.StartsWith(field + ":", StringComparison.Ordinal)) return FirstNumber(line);
        }

        return -1;
    }

    /// <summary>/proc/self 下一个「项名: 数值」文件（status、io）里的一项。</summary>
    /// <param name="file">文件名，例如 status。</param>
    /// <param name="field">项名，例如 RssShmem。</param>
    /// <returns>数值，单位随该项而定；没有这一项时为 -1。</returns>
    public static long Field(string file, string field) =>
        File.ReadLines($"/proc/self/{file}").Where(line => line.StartsWith(field + ":", StringComparison.Ordinal))
            .Select(FirstNumber).FirstOrDefault(-1);

    private static bool Covers(string mapsLine, ulong address)
    {
        ulong[] range = [.. mapsLine.Split(' ')[0].Split('-')
            .Select(hex => ulong.Parse(hex, NumberStyles.HexNumber, null))];
        return range[0] <= address && address < range[1];
    }

    private static long FirstNumber(string line) =>
        long.Parse(line.AsSpan(line.IndexOf(':') + 1).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture);
}
