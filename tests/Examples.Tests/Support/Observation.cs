using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Examples.Tests.Support;

/// <summary>程序打印的一次观察：<c>✓ C5 句子</c>、<c>✗ C5 句子：应当是 248，看到 307</c>、<c>· C5 句子</c>。三种记号的写法只写在这里。</summary>
/// <param name="Mark">记号。</param>
/// <param name="Id">语句或陷阱的编号，例如 C5、X9、R1。</param>
/// <param name="Sentence">编号之后的文字。</param>
internal sealed partial record Observation(string Mark, string Id, string Sentence)
{
    /// <summary>看到的与应当的一样。</summary>
    public const string Holds = "✓";

    /// <summary>不一样，程序的退出码是 1。</summary>
    public const string Differs = "✗";

    /// <summary>只报告，不判断。</summary>
    public const string Reported = "·";

    /// <summary>一行至多多少列，一个汉字算两列。</summary>
    public const int MaxColumns = 100;

    /// <summary>一个程序至多多少次观察。</summary>
    public const int MaxCount = 10;

    /// <summary>读一行；不是观察返回 null。</summary>
    public static Observation? TryParse(string line) =>
        Pattern().Match(line) is { Success: true } match ? new Observation(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value) : null;

    /// <summary>表格的一行：以两个空格或表格线开头。</summary>
    public static bool IsTable(string line) => line.StartsWith("  ", StringComparison.Ordinal) || (line.Length > 0 && line[0] is (>= '─' and <= '╿') or '|' or '+');

    /// <summary>一行占多少列：汉字、全角标点和表情符号各占两列。</summary>
    public static int Columns(string line) => line.EnumerateRunes().Sum(rune => IsWide(rune) ? 2 : 1);

    /// <summary>一行观察的句子里的各个整数。</summary>
    public static long[] Numbers(string line) =>
        [.. Integer().Matches(TryParse(line)!.Sentence).Select(match => long.Parse(match.Value, CultureInfo.InvariantCulture))];

    private static bool IsWide(Rune rune) => rune.Value
        is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD);

    [GeneratedRegex("-?[0-9]+")]
    private static partial Regex Integer();

    [GeneratedRegex("^([✓✗·]) ([A-Z][0-9]+) (\\S.*)$")]
    private static partial Regex Pattern();
}
