using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Engine;

namespace Stage;

/// <summary>把看到的写成给人看的话。</summary>
internal sealed partial class Words(Part[] parts, int[] pids, IReadOnlyDictionary<string, string> addresses)
{
    /// <summary>第几个进程叫什么字母。</summary>
    public static char Letter(int lane) => (char)('A' + lane);

    /// <summary>记号换回进程编号和地址。</summary>
    public string Plain(string text) => Mark().Replace(text, mark => mark.Groups[1] is { Success: true, Value: var which }
        ? addresses.GetValueOrDefault(which, "0x…")
        : pids.ElementAtOrDefault(mark.Value[0] - Mask.PidMark) is > 0 and var pid ? $"{pid}" : "?");

    public Site? SiteOf(LaneView lane) => lane.Site is { } site ? parts[lane.Part].Sites[site] : null;

    public string[] Lines(LaneView lane) => parts[lane.Part].Sources[SiteOf(lane)?.File ?? 0].Text.Split('\n');

    /// <summary>就要走的语句。</summary>
    public string Statement(LaneView lane) => SiteOf(lane) is { } site ? $"{(site.Part == "" ? "" : $"（{site.Part}）")}{Lines(lane)[site.Line - 1].Trim()}" : "";

    /// <summary>刚走的一步，写法见 <see cref="Move"/>。</summary>
    public string Taken(Snapshot before, int move) =>
        move >= Move.First ? $"再启动 {parts[move - Move.First].Label}"
        : move < 0 ? $"{Letter(~move)} 被杀死，它正要走：{Statement(before.Lanes[~move])}"
        : $"{Letter(move)} 走了：{Statement(before.Lanes[move])}";

    public string StateOf(LaneView lane) => Plain(lane.State switch
    {
        State.Ready => $"停在第 {SiteOf(lane)?.Line} 行",
        State.Asleep => $"睡在 {lane.Why}",
        State.Exited => lane.Why == "?" ? "结束，状态已经被它的父进程取走" : $"结束，退出码 {lane.Why}",
        State.Killed => $"死于 {lane.Why}",
        _ => lane.Why,
    });

    /// <summary>一个共享的东西，写成一行；里面的信号量另算一个，所以要看那一刻的全部。</summary>
    public static string Line(ObjectView o, Snapshot now)
    {
        string name = o.IsNamed || o.Kind is "memfd" or "pipe" ? "" : "，名字已经没有了";
        return o.Kind switch
        {
            "semaphore" => $"信号量 {o.Label}：值 {o.Value?.ToString(CultureInfo.InvariantCulture) ?? "看不出"}，等待者 {o.Waiters}{name}",
            "unnamed" => $"信号量 {o.Label}：值 {o.Value}，等待者 {o.Waiters}",
            "pipe" => $"{o.Label}：还没有读走 {o.Size} 字节{(o.Size == 0 ? "" : "，" + Content(o, now))}",
            _ => $"{(o.Kind == "object" ? "对象 " : o.Kind == "file" ? "文件 " : "")}{o.Label}：{o.Size} 字节，{Content(o, now)}{name}",
        };
    }

    // 对象的内容：是文字就写成文字，是整数就写成整数；里面的信号量不算。
    private static string Content(ObjectView o, Snapshot now)
    {
        byte[] bytes = new byte[Math.Clamp(o.Size, 0, 96)], seen = Convert.FromHexString(o.Bytes);
        if (bytes.Length == 0) return "空";
        seen.CopyTo(bytes, 0);
        foreach (ObjectView inside in now.Objects.Where(s => s.Kind == "unnamed" && s.Label.StartsWith(o.Label + "+", StringComparison.Ordinal)))
        {
            int from = int.Parse(inside.Label[(o.Label.Length + 1)..], CultureInfo.InvariantCulture);
            if (from < bytes.Length) bytes.AsSpan(from, Math.Min((int)inside.Size, bytes.Length - from)).Clear();
        }

        string text = Encoding.UTF8.GetString(bytes.AsSpan(0, bytes.AsSpan().IndexOf((byte)0) is >= 0 and var end ? end : bytes.Length));
        if (text.Length > 2 && !text.Any(c => char.IsControl(c) || c == '\uFFFD')) return $"「{text}」";
        if (bytes.Length % 4 != 0) return seen.Length == 0 ? "都是 0" : string.Join(' ', seen.Take(16).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
        int[] ints = [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToInt32(bytes, i * 4))];
        int first = Array.FindIndex(ints, i => i != 0), last = Array.FindLastIndex(ints, i => i != 0);
        string all = string.Join(' ', ints[Math.Max(first, 0)..(last + 1)].Select(Mask.Word).Where(word => word != ""));
        if (ints is [var low, not 0 and var high] && all == $"{low} {high}") return $"整数 {low} {high}，合成一个 8 字节的是 {BitConverter.ToInt64(bytes)}";
        return ints.Length == 1 ? $"整数 {Mask.Word(ints[0])}" : first < 0 ? o.Beyond ?? "都是 0" : $"{(first == 0 ? "" : $"第 {first * 4} 字节起，")}整数 {all}{(o.Beyond == null ? "" : "，" + o.Beyond)}";
    }

    /// <summary>前后两个时刻比，变了什么；<paramref name="before"/> 为 null 是开头。</summary>
    public List<string> Changes(Snapshot? before, Snapshot now)
    {
        if (before == null) return [];
        Dictionary<string, string> was = Facts(before), facts = Facts(now);
        var changes = new List<string>();
        foreach ((string key, string value) in facts)
        {
            if (!was.TryGetValue(key, out string? old)) changes.Add($"{key}：{value}");
            else if (old != value) changes.Add(key.EndsWith(" 打印", StringComparison.Ordinal) ? $"{key}：{value[old.Length..].TrimStart(' ', '⏎')}" : $"{key}：{Apart(old, value)} → {Apart(value, old)}");
        }

        // 离开一个函数，它的局部变量自然没有了，不必说。
        changes.AddRange(was.Keys.Where(key => !facts.ContainsKey(key) && !key.StartsWith("变量 ", StringComparison.Ordinal)).Select(key => key.EndsWith(" 的处境", StringComparison.Ordinal) ? $"{key[..^4]} 醒了" : $"{key} 没有了"));
        return [.. changes.Select(change => Plain(change.StartsWith("变量 ", StringComparison.Ordinal) ? change[3..] : change))];
    }

    // 内容长的，只写不同的几段。
    private static string Apart(string text, string other) =>
        (text + other).Contains("，+", StringComparison.Ordinal) ? string.Join('，', text.Split('，').Except(other.Split('，')).DefaultIfEmpty("0")) : text;

    private Dictionary<string, string> Facts(Snapshot snapshot)
    {
        var facts = new Dictionary<string, string>();
        for (int i = 0; i < snapshot.Lanes.Length; i++)
        {
            LaneView lane = snapshot.Lanes[i];
            if (lane.State != State.Ready) facts[$"{Letter(i)} 的处境"] = StateOf(lane);
            string printed = string.Concat(lane.Output.Select(o => o.Text)).TrimEnd().ReplaceLineEndings(" ⏎ ");
            if (printed != "") facts[$"{Letter(i)} 打印"] = printed;
            foreach (VariableView v in lane.Frames.LastOrDefault()?.Variables ?? []) facts[$"变量 {Letter(i)} 的 {v.Name}"] = v.Value is ['→', ' ', .. var where] ? (where.StartsWith("那里", StringComparison.Ordinal) ? where : $"指着 {where}") : v.Value;
            foreach (DescriptorView d in lane.Descriptors) facts[$"{Letter(i)} 的描述符 {d.Number}"] = $"{d.Target} {d.Access}";
            if (lane.Mappings.Length > 0) facts[$"{Letter(i)} 的映射"] = string.Join('、', lane.Mappings.Select(x => $"{x.Target} {x.Protection} {(x.IsShared ? "共享" : "私有")}"));
        }

        foreach (ObjectView o in snapshot.Objects)
        {
            string line = Line(o, snapshot);
            facts[o.Value != null ? $"信号量 {o.Label}" : o.Label] = line[(line.IndexOf('：') + 1)..];
        }

        return facts;
    }

    [GeneratedRegex("\uE0F0([^\uE0F0]*)\uE0F0|[\uE000-\uE0EF]")]
    private static partial Regex Mark();
}
