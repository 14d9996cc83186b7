using Engine;
using static Stage.Order;

namespace Stage;

/// <summary>一种结局：谁也不能再走了，各个进程怎样，打印了什么，留下了什么。</summary>
/// <param name="Text">一句话。</param>
/// <param name="IsBad">不该发生，见 <see cref="Verdict"/>。</param>
/// <param name="States">是哪几个状态。</param>
/// <param name="Order">最短的次序。</param>
internal sealed record Ending(string Text, bool IsBad, int[] States, int[] Order)
{
    /// <summary>把走不动的状态分成几种，坏的在前，次序短的在前。</summary>
    public static Ending[] Of(Scene scene, Part[] parts, Recorder recorder) =>
    [
        .. recorder.Ends()
            .GroupBy(end => Describe(scene, parts, recorder.States[end.State]))
            .Select(same => new Ending(same.Key.Text, same.Key.IsBad, [.. same.Select(end => end.State)], Shortest(same.Select(end => end.Moves))))
            .OrderByDescending(e => e.IsBad).ThenBy(e => e.Order.Length).ThenBy(e => e.Text, StringComparer.Ordinal),
    ];

    /// <summary>一个走不动的状态，用一句话说。</summary>
    public static (string Text, bool IsBad) Describe(Scene scene, Part[] parts, Snapshot end)
    {
        // 谁死了、谁一直等，下面逐个说；此外怎样不对，放在最前面。
        Verdict verdict = Verdict.Of(scene, parts, end);
        bool isPlain = !(verdict.IsWrong || verdict.IsLimit) || end.Lanes.Any(l => l.State is State.Killed or State.Asleep or State.Running);
        IEnumerable<string> how = end.Lanes.Select((lane, i) => $"{(char)('A' + i)} {lane.State switch
        {
            State.Killed => $"死于 {lane.Why}",
            State.Asleep => $"一直等在 {lane.Why}",
            State.Running => "没有停下",
            _ when lane.Why == "0" => LastLine(lane, false) is { Length: > 0 } said ? $"打印「{said}」" : "正常结束",
            _ => $"退出码 {lane.Why}{(LastLine(lane, true) is { Length: > 0 } said ? $"「{said}」" : "")}",
        }}");
        return ($"{(isPlain ? "" : (verdict.IsLimit ? scene.Limit!.Value.Says.Split('，')[0] : verdict.Text.Split('；')[0]) + "：")}{string.Join("；", how)}{(end.Left == "" ? "" : $"；留下 {end.Left}")}", verdict.IsWrong || verdict.IsLimit);
    }

    private static string LastLine(LaneView lane, bool error)
    {
        string line = lane.Output.LastOrDefault(o => o.IsError == error)?.Text.TrimEnd().Split('\n')[^1] ?? "";
        return line.Length > 100 ? line[..100] + "…" : line;
    }
}
