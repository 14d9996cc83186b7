using System.Text.RegularExpressions;
using Engine;

namespace Stage;

/// <summary>一种收场：从打印的、退出码、留下的名字看出来，不从源代码看。</summary>
internal sealed partial record Verdict(string Text, bool IsWrong)
{
    /// <summary>不对，可是这一章已经说明，见 <see cref="Scene.Limit"/>。</summary>
    public bool IsLimit { get; init; }

    /// <summary>做成了：一方收到了消息；不是一方发、一方收的，每个进程都正常结束了。</summary>
    public bool Works { get; init; }

    /// <summary>留下了名字，或者有内容的文件。</summary>
    public static bool HasLeft(Scene scene, Snapshot end) => end.Objects.Any(o => o.IsNamed && (scene.Keeps || o.Kind != "file"));

    /// <summary>看一个走不动的状态。</summary>
    /// <param name="first">从第几个进程起，是收场之后再启动的；null 是没有再启动。</param>
    /// <param name="strikes">次序里有杀死；null 是不知道，有进程死于 SIGKILL 就算。台上的进程自己杀的，也死于 SIGKILL，那是它的错。</param>
    public static Verdict Of(Scene scene, Part[] parts, Snapshot end, int? first = null, bool? strikes = null)
    {
        List<string> wrong = [], right = [];
        bool killed = strikes ?? end.Lanes.Any(l => l is { State: State.Killed, Why: "SIGKILL" });
        string Name(int lane) => lane < parts.Length && parts.Count(p => p.Label == parts[lane].Label) == 1 ? parts[lane].Label : Plain(end.Lanes[lane].Title, lane);
        for (int i = 0; i < end.Lanes.Length; i++)
        {
            LaneView lane = end.Lanes[i];
            bool later = i >= first;
            string error = lane.Output.LastOrDefault(o => o.IsError)?.Text ?? lane.Printed().Split('\n').LastOrDefault(line => line.StartsWith('✗')) ?? "";
            string who = (later ? "之后的 " : "") + Name(i);
            if (lane is { State: State.Killed, Why: not "SIGKILL" }) wrong.Add($"{who} 死于 {lane.Why}");
            else if (lane.State == State.Killed) right.Add($"{who} 被杀死");
            else if (lane.State == State.Running) wrong.Add($"{who} 没有停下");
            else if (lane.State == State.Ready && !later) wrong.Add($"{who} 一直转下去");
            else if (lane.State == State.Asleep && !later) (scene.Awaits != "" && lane.Why.StartsWith(scene.Awaits, StringComparison.Ordinal) ? right : wrong).Add($"{who} 一直等在 {lane.Why}");
            else if (lane.State == State.Exited && lane.Why != "0" && !later)
            {
                // 退出码 1、2 和一行说清楚的话；没有接住的异常不算。
                bool isClear = error.Trim() != "" && !error.Contains("Unhandled exception", StringComparison.Ordinal) && !error.Contains("   at ", StringComparison.Ordinal) && !Unexpected().IsMatch(error);

                // 只启动一个程序的章，没有谁来得太早：除非有进程被杀死，报错就是不对。
                bool mayFail = scene.IsOwn || scene.Programs.Length > 1 || killed;

                // 父进程被杀死了，跟着结束的子进程不必说。
                if (killed && i >= parts.Length && error == "") right.Add($"{who} 退出码 {lane.Why}");
                else (isClear && mayFail ? right : wrong).Add($"{who} 报错「{Call(error)}」{(isClear ? "" : $"退出码 {lane.Why}，没有说清楚")}");
            }
        }

        if (scene.Wrong is var (pattern, says) && end.Lanes.Any(l => Regex.IsMatch(string.Concat(l.Output.Select(o => o.Text)), pattern, RegexOptions.Multiline))) wrong.Add(says);
        List<string> limits = scene.Limit is { Pattern: var limit } ? Said(end, new Regex(limit, RegexOptions.Multiline)) : [];
        if (limits.Count > 0) right.Add(scene.Limit!.Value.Says);
        if (scene.IsExchange) Exchange(scene, parts, end, first, killed, limits, wrong, right);
        // 没有参数的程序自己取值，看不出是不是有人写过。
        if (scene.IsOwn && !scene.IsExchange && parts.Any(p => p.Args.Length > 0))
        {
            HashSet<string> written = [.. parts.SelectMany(p => p.Args), .. end.Lanes.SelectMany(l => l.Title.Split(' '))];
            foreach (string text in Said(end, Read()).Where(text => !written.Contains(text) && !end.Lanes.Any(l => l.Title.EndsWith(' ' + text, StringComparison.Ordinal))).Distinct()) wrong.Add($"读到「{Short(text)}」，没有人写过");
        }

        if (first == null && scene.Awaited is { } suffix && end.Lanes.All(l => l is { State: State.Exited, Why: "0" }))
        {
            wrong.AddRange(end.Objects.Where(o => o is { IsNamed: true, Kind: "object" } && !end.Objects.Any(s => s.IsNamed && s.Label == o.Label + suffix)).Select(o => $"{o.Label} 里的消息丢了，信号量没有了，没有人等得到"));
        }

        if (end.Left != "" && !scene.Keeps && (scene.IsExchange ? first != null : !killed)) wrong.Add($"留下 {end.Left}");

        if (!scene.IsExchange) right.AddRange(end.Lanes.Select((l, i) => (Last: l.Printed().TrimEnd().Split('\n')[^1], i)).Where(l => l.Last != "").Select(l => $"{Name(l.i)} 打印「{Plain(l.Last, l.i)}」"));
        return new Verdict(string.Join('；', wrong.Count > 0 ? wrong.Concat(right) : right.DefaultIfEmpty("正常结束")), wrong.Count > 0)
        {
            IsLimit = limits.Count > 0,
            Works = scene.IsExchange ? Said(end, Received()).Count > 0 : end.Lanes.All(l => l is { State: State.Exited, Why: "0" }),
        };
    }

    /// <summary>打印的各行，不管谁先打印；同一个程序同样多参数的几个进程，各自的参数写成一样的：谁先谁后不同，不算不同。</summary>
    /// <remarks>各做各的事的几个进程（例如一个生产者、一个消费者），一个进程打印的各行还分先后；有几个做同样的事，例如两个生产者，先取到谁的都对。</remarks>
    public static string Lines(Part[] parts, Snapshot end)
    {
        string[] Own(int which) => which < parts.Length ? parts[which].Args : end.Lanes[which].Title.Split(' ')[1..];
        bool isOrdered = end.Lanes.Select((lane, i) => (i < parts.Length, parts[lane.Part].Program, Own(i).FirstOrDefault())).Distinct().Count() == end.Lanes.Length;
        IEnumerable<string[]> all = end.Lanes.Select((lane, i) =>
        {
            bool isAlone = !end.Lanes.Where((other, j) => j != i && (j < parts.Length) == (i < parts.Length) && other.Part == lane.Part && Own(j).Length == Own(i).Length).Any();
            return Masked((isAlone ? [] : Own(i)).Where(arg => arg != "").Aggregate(lane.Printed(), (text, arg) => Regex.Replace(text, $@"(?<![0-9A-Za-z.-]){Regex.Escape(arg)}(?![0-9A-Za-z])", "参数")), i).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        });
        return string.Join('，', (isOrdered ? all.Select(lines => string.Join('，', lines)).Where(said => said != "") : all.SelectMany(lines => lines)).Order(StringComparer.Ordinal));
    }

    // 说「发了」的，每一条都要收到一次，或者还留着；收到的，要是有人发过的。
    private static void Exchange(Scene scene, Part[] parts, Snapshot end, int? first, bool killed, List<string> limits, List<string> wrong, List<string> right)
    {
        List<string> announced = Sent(parts, end), received = Said(end, Received());
        string[] known = [.. announced, "yuki...", .. parts.SelectMany(p => p.Args.Concat(p.Again ?? []))];
        foreach (string text in received.Where(text => !known.Contains(text) && !limits.Contains(text)).Distinct()) wrong.Add($"读到「{Short(text)}」，没有人发过");

        // 名字之后的一个参数是消息：发的里面要有它。
        for (int i = 0; i < end.Lanes.Length; i++)
        {
            if (Asked(parts, end, i) is { } asked && Said(end.Lanes[i], Announced()).FirstOrDefault() is { } said && !said.Contains(asked, StringComparison.Ordinal)) wrong.Add($"要发「{Short(asked)}」，发的是「{Short(said)}」");
        }

        Snapshot before = end with { Lanes = end.Lanes[..(first ?? end.Lanes.Length)] };
        List<string> sent = Sent(parts, before);
        if (!killed && !scene.Keeps && (first != null || HasLeft(scene, end)) && sent.Count > 0 && !sent.Except(Said(before, Received())).Any()) wrong.Add("都收到了，名字还留着");

        // 只有走完之后接收方再来取过，取不到的才算丢。
        if (first != null || !HasLeft(scene, end))
        {
            var rest = new List<string>(received);
            string[] lost = [.. announced.Where(text => !rest.Remove(text))];
            if (lost.Length > limits.Count) wrong.Add($"丢失 {lost.Length} 条，发送方{(Said(end, Announced()).Count > 0 ? "说发了" : "正常结束了")}，没有接收方收到");
        }

        int extra = received.GroupBy(text => text).Sum(same => Math.Max(0, same.Count() - Math.Max(1, Senders(parts, end, same.Key))));
        if (extra > 0 && !scene.Keeps) (killed ? right : wrong).Add($"有一条收到了 {extra + 1} 次");
        int later = first is { } from ? Said(end with { Lanes = end.Lanes[from..] }, Received()).Count : 0;
        int now = Said(before, Received()).Where(text => known.Contains(text) || limits.Contains(text)).Distinct().Count();
        if (now > 0 || received.Count == 0) right.Insert(0, now > 0 ? $"送达 {now} 条" : "没有送达");
        if (later > 0) right.Add($"之后的接收方收到 {later} 条");
    }

    // 说「发了」的；没有这样一句、却正常结束的发送方，也算发了参数里的那一条。
    private static List<string> Sent(Part[] parts, Snapshot end) =>
        [.. Said(end, Announced()), .. end.Lanes.Select((lane, i) => lane is { State: State.Exited, Why: "0" } && !Said(lane, Announced()).Any() ? Asked(parts, end, i) : null).OfType<string>()];

    // 有几个发送方要发这一条。
    private static int Senders(Part[] parts, Snapshot end, string text) => Enumerable.Range(0, end.Lanes.Length).Count(i => Args(parts, end, i).Contains(text) || text == "yuki...");

    private static string[] Args(Part[] parts, Snapshot end, int lane) => parts[end.Lanes[lane].Part] is var part && lane >= parts.Length && part.Again is { } again ? again : part.Args;

    private static string? Asked(Part[] parts, Snapshot end, int lane) => Args(parts, end, lane) is [.., var name, var asked] && Scene.IsName(name) ? asked : null;

    private static IEnumerable<string> Said(LaneView lane, Regex what) => what.Matches(lane.Printed()).Select(match => match.Groups[1].Value);

    private static List<string> Said(Snapshot end, Regex what) => [.. end.Lanes.SelectMany(lane => Said(lane, what))];

    // 报错的一行里，只留调用和错误：后面的话随情形不同。
    private static string Call(string error)
    {
        string line = error.TrimEnd().Split('\n')[^1];
        int end = line.IndexOf('。');
        return Short(Regex.Replace(end > 0 ? line[..end] : line, "[\uE000-\uE0FF]|0x…", "…"), 120);
    }

    private static string Plain(string text, int lane) => Short(Masked(text, lane), 70);

    private static string Masked(string text, int lane) => Regex.Replace(text, "\uE0F0[^\uE0F0]*\uE0F0", "0x…").Replace(((char)(Mask.PidMark + lane)).ToString(), "…", StringComparison.Ordinal);

    // NUL 一类看不见的字符写成一点。
    private static string Short(string text, int most = 20)
    {
        string shown = string.Concat((text.Length <= most ? text : text[..most]).Select(c => char.IsControl(c) ? '·' : c));
        return text.Length <= most ? shown : $"{shown}…（{text.Length} 字）";
    }

    // 示例没有料到的异常，由 Startup 写成一行。
    [GeneratedRegex(@"^\w+Exception: ")]
    private static partial Regex Unexpected();

    [GeneratedRegex("send:(.*)$", RegexOptions.Multiline)]
    private static partial Regex Announced();

    [GeneratedRegex("(?:recv:|receive:|^收到：)(.*)$", RegexOptions.Multiline)]
    private static partial Regex Received();

    // 练习的说法。
    [GeneratedRegex("：读到 (.*)$", RegexOptions.Multiline)]
    private static partial Regex Read();
}
