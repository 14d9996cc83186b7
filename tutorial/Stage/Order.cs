using System.Globalization;
using System.Text.RegularExpressions;

namespace Stage;

/// <summary>一个次序：谁走几步。写成 A5B3；A* 是走到不能走，单独的 * 是轮到谁能走就谁走，直到都不能走。</summary>
internal static partial class Order
{
    /// <summary>读一个次序。</summary>
    /// <param name="text">例如 A5B*。</param>
    /// <returns>第几个进程（-1 是随便哪一个）、走几步；看不懂为 null。</returns>
    public static (int Lane, int Steps)[]? Parse(string text) =>
        Whole().IsMatch(text)
            ? [.. One().Matches(text).Select(m => (
                m.Groups[1].Value == "" ? -1 : m.Groups[1].Value[0] - 'A',
                m.Groups[2].Value switch { "*" => int.MaxValue, "" => 1, var n => int.Parse(n, CultureInfo.InvariantCulture) }))]
            : null;

    /// <summary>写出一个次序。</summary>
    /// <param name="lanes">每一步是谁走的。</param>
    public static string Write(IEnumerable<int> lanes)
    {
        var text = new System.Text.StringBuilder();
        (int last, int count) = (-1, 0);
        foreach (int lane in lanes.Append(-1))
        {
            if (lane == last)
            {
                count++;
                continue;
            }

            if (count > 0) text.Append(CultureInfo.InvariantCulture, $"{(char)('A' + last)}{(count > 1 ? count : "")}");
            (last, count) = (lane, 1);
        }

        return text.ToString();
    }

    [GeneratedRegex(@"^([A-Z]\d*|[A-Z]\*|\*)*$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"([A-Z]?)(\d+|\*)?(?<=.)")]
    private static partial Regex One();
}
