using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>目录里的一项：依次运行的几个程序。单独的程序一项一个，发送与接收一对算一项。</summary>
/// <param name="Title">在测试名字里看到的。</param>
/// <param name="Programs">项目和参数；{name} 换成独用的名字，{path} 换成独用的路径，{text} 换成随机的文字，{int} 换成随机的整数。</param>
internal sealed record Example(string Title, params (string Project, string[] Args)[] Programs)
{
    /// <summary>examples 下以编号开头的全部项目，从磁盘上找，新的示例不用登记。</summary>
    public static readonly string[] Projects = [.. Directory.GetFiles(Path.Combine(Suite.Root, "examples"), "*.csproj", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Path.Combine(Suite.Root, "examples"), Path.GetDirectoryName(file)!))
        .Where(project => char.IsAsciiDigit(project[0])).Order(StringComparer.Ordinal)];

    // 以下三张表只写与众不同的。标准输出照文章一字不差、不印观察的：
    private static readonly string[] Exchanging = ["05-AnonymousMapping", "06-FileMapping/Writer", "06-FileMapping/Reader", "10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver", "18-Overlap/Sender", "18-Overlap/Receiver"];

    // 平常的参数；没有写的就没有参数。
    private static readonly Dictionary<string, string[]> Usual = new() { ["11-WhyNotFork"] = ["1"], ["15-WhyFast"] = ["--quick"] };

    // 哪些参数是用法不对；第一行也用来问出用法。没有写的就只有 x。
    private static readonly Dictionary<string, string[][]> Wrong = new()
    {
        ["02-Mmap/Placement"] = [["x"], ["child", "behind"]],
        ["02-Mmap/Protection"] = [["x"], ["child", "store", "PROT_READ"], ["child", "store", "2"]],
        ["03-Munmap"] = [["x"], ["memset", "1"], ["pointer", "2", "3"]],
        ["04-Msync"] = [["x"], ["--wait", "x"]],
        ["06-FileMapping/Writer"] = [["a", "1", "2"], ["a", "abc"], ["a", "1.5"], ["a", ""], ["a", "2147483648"]],
        ["06-FileMapping/Reader"] = [["a", "b"]],
        ["08-ShmOpen"] = [["x"], ["/memmap", "x"]],
        ["10-ShmSemaphore/Sender"] = [["/x", "message", "more"]],
        ["10-ShmSemaphore/Receiver"] = [["/x", "more"]],
        ["11-WhyNotFork"] = [["two"], ["0"], ["101"], ["fork", "1", "2", "3", "0"], ["child", "1", "2"]],
        ["12-AttachRace"] = [["x"], ["fstat", "more"]],
        ["13-Letters"] = [["x"], ["Volatile", "more"]],
        ["13-LostUpdates"] = [["x"], ["0"], ["-1"], ["1000000001"], ["1", "more"]],
        ["15-WhyFast"] = [["--slow"], ["--quick", "more"]],
        ["16-DotNetWay"] = [["more"], ["send", "/x", "message", "more"], ["receive", "/x", "more"]],
        ["17-Interop"] =
        [
            ["more"], ["receive", "/x", "more"], ["send", "/x", "place", "1", "more"], ["send", "/x", "place", "warm"],
            ["send", "/x", "place", "1,5"], ["send", "/x", "sixteen bytes ok"], ["send", "/x", "一二三四五六"],
        ],
        ["18-Overlap/Sender"] = [["/x", "message", "more"]],
        ["18-Overlap/Receiver"] = [["/x", "more"]],
        ["19-Records"] = [["x"], ["1"]],
        ["19-RingBuffer"] = [["x"], ["0"], ["-1"], ["1000000000001"], ["1", "more"]],
        ["20-RobustMutex"] = [["x"], ["0"], ["-1"], ["2147483648"], ["1", "more"]],
        ["21-PassMemory"] = [["x"], ["send", "/x"], ["receive"], ["receive", "/x", "more"]],
        ["22-SystemV"] = [["x"], ["send", "1"], ["send", "0", "message"], ["receive", "x"], ["receive", "1", "more"]],
    };

    // 印的是表格，不受「至多十次观察」的限制。
    private static readonly string[] Tables = ["02-Mmap/Protection", "15-WhyFast"];

    /// <summary>印观察的程序。</summary>
    public static readonly string[] Observing = [.. Projects.Except(Exchanging)];

    // 对每个示例都一样的要求、奇怪的环境、手工启动的角色，平常只试这几项，各个示例自己的测试照旧：启动子进程、成对、运行时自己的信号量都在里面。
    private static readonly string[] Few = ["05-AnonymousMapping", "12-AttachRace", "13-LostUpdates", "16-DotNetWay", "10 Sender → Receiver", "16 send → receive"];

    /// <summary>目录的全部。</summary>
    public static readonly Example[] All =
    [
        .. Observing.Prepend("05-AnonymousMapping").Select(project => new Example(project, (project, Usual.GetValueOrDefault(project, [])))),
        new("06 Writer → Reader", ("06-FileMapping/Writer", ["{path}", "{int}"]), ("06-FileMapping/Reader", ["{path}"])),
        new("10 Sender → Receiver", ("10-ShmSemaphore/Sender", ["{name}", "{text}"]), ("10-ShmSemaphore/Receiver", ["{name}"])),
        new("16 send → receive", ("16-DotNetWay", ["send", "{name}", "{text}"]), ("16-DotNetWay", ["receive", "{name}"])),
        new("17 send → receive", ("17-Interop", ["send", "{name}", "{text}"]), ("17-Interop", ["receive", "{name}"])),
        new("18 Sender → Receiver", ("18-Overlap/Sender", ["{name}", "{text}"]), ("18-Overlap/Receiver", ["{name}"])),
        new("22 send → receive", ("22-SystemV", ["send", "{int}", "{text}"]), ("22-SystemV", ["receive", "{int}"])),
    ];

    /// <summary>平常跳过的：不是那几项的。</summary>
    public static void SkipMost(string title) => Long.Only(!Few.Contains(title));

    /// <summary>至多多少次观察。</summary>
    public static int MaxObservations(string project) => Tables.Contains(project) ? int.MaxValue : Observation.MaxCount;

    /// <summary>用法不对的各种参数，至少一种。</summary>
    public static string[][] WrongArguments(string project) => Wrong.GetValueOrDefault(project, [["x"]]);
}
