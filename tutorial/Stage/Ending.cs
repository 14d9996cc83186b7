using System.Text.RegularExpressions;
using Engine;
using static Stage.Order;

namespace Stage;

/// <summary>一种结局：谁也不能再走了，各个进程怎样，打印了什么，留下了什么。</summary>
/// <param name="IsBad">不该发生，见 <see cref="Verdict"/>。</param>
/// <param name="At">照这个次序走到第几步，看得出不对；都对的是一共几步。</param>
internal sealed record Ending(string Text, bool IsBad, int[] States, int[] Order, int At)
{
    /// <summary>把走不动的状态分成几种，坏的在前，次序短的在前。</summary>
    public static Ending[] Of(Scene scene, Part[] parts, Recorder recorder) =>
    [
        .. recorder.Ends()
            .GroupBy(end => Describe(scene, parts, recorder.States[end.State]))
            .Select(same => (same, Shortest: Shortest(same.Select(end => end.Moves))))
            .Select(e => new Ending(e.same.Key.Text, e.same.Key.IsBad, [.. e.same.Select(end => end.State)], e.Shortest, e.same.Key.IsBad ? FirstBad(scene, recorder, e.Shortest) : e.Shortest.Length))
            .OrderByDescending(e => e.IsBad).ThenBy(e => e.Order.Length).ThenBy(e => e.Text, StringComparer.Ordinal),
    ];

    /// <summary>一个走不动的状态，用一句话说。</summary>
    public static (string Text, bool IsBad) Describe(Scene scene, Part[] parts, Snapshot end)
    {
        // 谁死了、谁一直等，下面逐个说；此外怎样不对，放在最前面。
        Verdict verdict = Verdict.Of(scene, parts, end);
        bool isPlain = !(verdict.IsWrong || verdict.IsLimit) || end.Lanes.Any(l => l.State != State.Exited);
        IEnumerable<string> how = end.Lanes.Select((lane, i) => $"{(char)('A' + i)} {lane.State switch
        {
            State.Killed => $"死于 {lane.Why}",
            State.Asleep => $"一直等在 {lane.Why}",
            State.Running => "没有停下",
            State.Ready => "一直转下去",
            _ when lane.Why == "0" => LastLine(scene, lane, false) is { Length: > 0 } said ? $"打印「{said}」" : "正常结束",
            _ => $"退出码 {lane.Why}{(LastLine(scene, lane, true) is { Length: > 0 } said ? $"「{said}」" : "")}",
        }}");
        return ($"{(isPlain ? "" : (verdict.IsLimit ? scene.Limit!.Value.Says.Split('，')[0] : verdict.Text.Split('；')[0]) + "：")}{string.Join("；", how)}{(end.Left == "" ? "" : $"；留下 {end.Left}")}", verdict.IsWrong || verdict.IsLimit);
    }

    // 进程死了、报错了，或者打印了不对的，是在第几步。
    private static int FirstBad(Scene scene, Recorder recorder, int[] order)
    {
        bool IsBad(LaneView lane) => lane.State == State.Killed || lane is { State: State.Exited, Why: not "0" }
            || IsTelling(scene, lane.Printed()) || IsTelling(scene, lane.Printed(errors: true));
        int state = 0, good = order.TakeWhile(move => !recorder.States[state = recorder.Next[state][move]].Lanes.Any(IsBad)).Count();
        return Math.Min(good + 1, order.Length);
    }

    private static bool IsTelling(Scene scene, string text) =>
        new[] { scene.Wrong, scene.Limit }.Any(sign => sign is var (pattern, _) && Regex.IsMatch(text, pattern, RegexOptions.Multiline));

    // 打印的最后一行，有不对的就是那一行；报错的只要调用和错误。
    private static string LastLine(Scene scene, LaneView lane, bool error)
    {
        string[] lines = lane.Printed(error).TrimEnd().Split('\n');
        string line = lines.FirstOrDefault(one => IsTelling(scene, one)) ?? lines[^1];
        return error && line.IndexOf('。') is > 0 and var end ? line[..end] : line.Length > 100 ? line[..100] + "…" : line;
    }
}
