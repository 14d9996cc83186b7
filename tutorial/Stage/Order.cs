using System.Globalization;
using System.Text.RegularExpressions;
using Engine;

namespace Stage;

/// <summary>一个次序：谁走几步。A5B3 是 A 走五步、B 走三步；A* 是走到不能走；A@ftruncate; 是走到就要走的语句里有 ftruncate；
/// 单独的 * 是轮到谁能走就谁走，直到都不能走。!A 是杀死 A；+A 是再启动一次 A 的程序，新的进程用下一个字母。</summary>
internal static partial class Order
{
    private const int Patience = 200;

    public static bool IsValid(string text) => string.Concat(One().Matches(text).Select(match => match.Value)) == text;

    /// <summary>照次序，一步一步说走什么，写法见 <see cref="Move"/>；不能走的就跳过。</summary>
    /// <param name="now">现在的状态：说了一步，走过了，再问下一步。</param>
    public static IEnumerable<int> Follow(string text, Func<Snapshot> now, Part[] parts)
    {
        var words = new Words(parts, [], new Dictionary<string, string>());
        foreach (Match match in One().Matches(text))
        {
            if (match.Value is [('!' or '+') and var what, var which])
            {
                int move = what == '!' ? Move.Kill(which - 'A') : Move.Enter(which - 'A');
                if (what == '!' ? Move.IsPossible(now(), move) : which - 'A' < parts.Length) yield return move;
                continue;
            }

            int lane = match.Groups["lane"].Value is [var letter] ? letter - 'A' : -1;
            string until = match.Groups["until"].Value;
            int steps = int.TryParse(match.Groups["steps"].Value, CultureInfo.InvariantCulture, out int number) ? number
                : match.Value is [not '*'] ? 1 : int.MaxValue;
            int first = 0, still = 0, alone = 0;
            HashSet<string> seen = [now().Key], visible = [Visible()];
            for (int i = 0; i < steps; i++)
            {
                int[] ready = now().Ready;
                int who = lane >= 0 ? lane : ready.Where(l => l >= first).Concat(ready).FirstOrDefault(-1);
                if (!ready.Contains(who)) break;
                if (until != "" && words.Statement(now().Lanes[who]).Contains(until, StringComparison.Ordinal)) break;
                yield return who;
                if (steps < int.MaxValue) continue;

                // 原地转圈，等别的进程：换一个走；都在转圈，就不走了。一边等、一边数着次数的，走了许多步，变的都只是自己的变量：也换一个走。
                still = seen.Add(now().Key) ? 0 : still + 1;
                alone = visible.Add(Visible()) ? 0 : alone + 1;
                first = lane >= 0 ? 0 : still > 0 || (alone > 0 && alone % Patience == 0) ? who + 1 : who;
                if (alone > 100 * Patience || still > (lane < 0 ? 4 * ready.Length : 0)) break;
            }
        }

        string Visible() => new Snapshot([.. now().Lanes.Select(l => l with { Frames = [] })], now().Objects, now().Hidden).Key;
    }

    /// <summary>写出一个次序，每一步的写法见 <see cref="Move"/>。</summary>
    public static string Write(IEnumerable<int> moves) =>
        Repeated().Replace(string.Concat(moves.Select(move => move < 0 ? $"!{Words.Letter(~move)}" : move >= Move.First ? $"+{Words.Letter(move - Move.First)}" : $"{Words.Letter(move)}")), run => $"{run.Value[0]}{run.Length}");

    /// <summary>最短的一个；一样长，取换人最少的，再取写出来在前的。</summary>
    public static int[] Shortest(IEnumerable<int[]> orders) => orders.MinBy(moves => (moves.Length, moves.Zip(moves.Skip(1)).Count(two => two.First != two.Second), Write(moves)))!;

    [GeneratedRegex(@"[!+][A-Z]|(?<lane>[A-Z])((?<steps>\d+)|\*|@(?<until>[^;]+);)?|\*")]
    private static partial Regex One();

    // 同一个进程接连走了几步；前面有 ! 或 + 的是另一回事。
    [GeneratedRegex(@"(?<![!+])([A-Z])\1+")]
    private static partial Regex Repeated();
}
