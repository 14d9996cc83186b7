using System.Globalization;
using System.Runtime.InteropServices;
using static Posix.Libc;

namespace Examples;

/// <summary>.NET 存放机器码（和指向机器码的跳板）的内存：一个 memfd，描述符还开着，读它就像读文件。</summary>
internal static unsafe class CodeMemory
{
    private static readonly List<(long Offset, int Length)> Parts = [];
    private static int _fd = -1;
    private static byte* _before;
    private static byte* _now;

    /// <summary>/proc/self/maps 里属于它的各行；没有（NativeAOT，或关掉了双重映射）就是空的。</summary>
    public static string[] Mappings() => [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains("/memfd:doublemapper", StringComparison.Ordinal))];

    /// <summary>maps 的一行里的权限和路径。</summary>
    /// <param name="mapping">整行。</param>
    public static string Brief(string mapping)
    {
        if (mapping == "") return "没有映射";
        string[] fields = mapping.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 6 ? $"{fields[1]} 匿名映射" : $"{fields[1]} {fields[5]}";
    }

    /// <summary>其中可执行的，有几处此刻还有另一个可写的映射通向同一段内存。</summary>
    /// <param name="mappings">各行。</param>
    public static int MappedTwice(string[] mappings) =>
        Range(mappings, " r-xs ").Count(code => Range(mappings, " rw-s ").Any(data => data.Offset < code.Offset + code.Length && code.Offset < data.Offset + data.Length));

    /// <summary>准备比较；没有这种内存时返回 false。</summary>
    public static bool Open()
    {
        foreach (string path in Directory.GetFiles("/proc/self/fd"))
        {
            if (File.ResolveLinkTarget(path, false)?.Name.StartsWith("memfd:doublemapper", StringComparison.Ordinal) == true)
            {
                _fd = int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);
            }
        }

        Parts.AddRange(Range(Mappings(), " "));
        nuint size = (nuint)Parts.Sum(part => part.Length);
        _before = (byte*)NativeMemory.AllocZeroed(size);
        _now = (byte*)NativeMemory.AllocZeroed(size);
        return _fd != -1;
    }

    /// <summary>从上次调用以来，有多少字节变了。</summary>
    public static int Changed()
    {
        int changed = 0;
        int at = 0;
        for (int i = 0; i < Parts.Count; i++)
        {
            pread(_fd, _now + at, (nuint)Parts[i].Length, Parts[i].Offset);
            at += Parts[i].Length;
        }

        for (int i = 0; i < at; i++)
        {
            if (_now[i] != _before[i]) changed++;
            _before[i] = _now[i];
        }

        return changed;
    }

    // maps 的一行：起点-终点 权限 偏移 设备 inode 路径，数都是十六进制。
    private static IEnumerable<(long Offset, int Length)> Range(string[] mappings, string permission)
    {
        foreach (string line in mappings.Where(line => line.Contains(permission, StringComparison.Ordinal)))
        {
            string[] fields = line.Split(' ');
            long[] range = [.. fields[0].Split('-').Select(Hex)];
            yield return (Hex(fields[2]), (int)(range[1] - range[0]));
        }
    }

    private static long Hex(string digits) => long.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
