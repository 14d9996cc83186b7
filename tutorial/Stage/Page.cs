using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Engine;

namespace Stage;

/// <summary>一个自带全部内容的网页：源文件、每个走得到的状态、每一步到哪里。也能拿来与新的演出比较。</summary>
internal static class Page
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>录下的全部，写成 JSON。状态按从开头走到的先后编号，所以两次录下的一样；每次都不同的（编号、地址、演了几次）放在 facts 里。</summary>
    public static JsonObject Data(Scene scene, Part[] parts, Recorder recorder)
    {
        int[] order = [.. recorder.InOrder().Select(walk => walk.State!.Value)];
        var number = order.Index().ToDictionary(p => p.Item, p => p.Index);
        OrderedDictionary<string, LaneView> lanes = [];
        OrderedDictionary<string, ObjectView> objects = [];
        int[][][] states =
        [
            .. order.Select(state => (int[][])
            [
                [.. recorder.States[state].Lanes.Select(lane => Stored(lanes, lane))],
                [.. recorder.States[state].Objects.Select(one => Stored(objects, one))],
                [.. recorder.States[state].Lanes.Select((_, lane) => recorder.Next[state].TryGetValue(lane, out int next) ? number[next] : -1)],
            ]),
        ];
        int at = 0;
        int[] script = [.. Order.Follow(scene.Script, () => recorder.States[at], parts).TakeWhile(move => recorder.Next[at].TryGetValue(move, out at))];
        return JsonSerializer.SerializeToNode(new
        {
            scene.Key,
            scene.Title,
            scene.Chapter,
            scene.Intro,
            Constants = string.Join('、', scene.Constants.Select(c => $"{c.Key} = {c.Value}")),
            Script = script,
            Complete = recorder.IsComplete,
            Parts = parts.Select(part => new
            {
                part.Label,
                Sources = part.Sources.Select(s => new { s.Name, s.Text }),
                Sites = part.Sites.Select(s => new object[] { s.File, s.Line, s.EndLine, s.Part }),
            }),
            Lanes = lanes.Values,
            Objects = objects.Values,
            States = states,
            Endings = Ending.Of(scene, parts, recorder).Select(e => new { e.Text, Bad = e.IsBad, States = e.States.Select(state => number[state]).Order(), e.Order, e.At }),
            Facts = new { recorder.Runs, recorder.Pids, Addresses = new SortedDictionary<string, string>(recorder.Addresses, StringComparer.Ordinal) },
        }, Options)!.AsObject();
    }

    /// <summary>写成网页。</summary>
    public static string Html(JsonObject data)
    {
        // 网页里的脚本不能提前结束。
        string json = data.ToJsonString(Options).Replace("</", "<\\/", StringComparison.Ordinal);
        return Resource("page.html")
            .Replace("{{title}}", $"{data["key"]} · {data["title"]}", StringComparison.Ordinal)
            .Replace("{{css}}", Resource("page.css"), StringComparison.Ordinal)
            .Replace("{{js}}", Resource("page.js"), StringComparison.Ordinal)
            .Replace("{{data}}", json, StringComparison.Ordinal);
    }

    /// <summary>从网页里取回录下的。</summary>
    /// <returns>不是这里写的网页时为 null。</returns>
    public static JsonObject? Read(string html)
    {
        Match data = Regex.Match(html, "<script id=\"data\" type=\"application/json\">(.*?)</script>", RegexOptions.Singleline);
        return data.Success ? JsonNode.Parse(data.Groups[1].Value) as JsonObject : null;
    }

    /// <summary>比较两次录下的：每次都不同的不比，描述符只比它指着什么（见 <see cref="Snapshot.Key"/>）。</summary>
    /// <returns>相同为 null，否则是第一处不同。</returns>
    public static string? Difference(JsonObject page, JsonObject now) =>
        Seen(page).Zip(Seen(now), (was, one) => Apart(was.Text, one.Text) is { } apart ? $"{one.Where}：{apart}" : null).FirstOrDefault(apart => apart != null);

    /// <summary>照随机的次序重新演，每一步都与网页里的状态比较。</summary>
    /// <returns>都相同为 null，否则是次序和不同。</returns>
    public static string? Replay(JsonObject page, Part[] parts, int orders)
    {
        for (int i = 0; i < orders; i++)
        {
            using Run run = Run.Start(parts);
            var taken = new List<int>();
            for (int state = 0; ; state = (int)page["states"]![state]![2]![taken[^1]]!)
            {
                string? apart = state < 0 ? "网页里没有" : Apart(Seen(page, state), Seen(ToJson(run.Now.Lanes), ToJson(run.Now.Objects)));
                if (apart != null) return $"次序 {Order.Write(taken)}：{apart}";
                if (run.Now.Ready.Length == 0) break;
                taken.Add(run.Now.Ready[Random.Shared.Next(run.Now.Ready.Length)]);
                run.Take(taken[^1]);
            }
        }

        return null;
    }

    // 网页里可以比较的，一样一样：状态写全，它们用到的就不另比。
    private static IEnumerable<(string Where, string Text)> Seen(JsonObject page)
    {
        JsonArray states = page["states"]!.AsArray();
        return
        [
            .. page.Where(item => item.Key is not ("facts" or "lanes" or "objects" or "states")).Select(item => (item.Key, $"{item.Value?.ToJsonString(Options)}")),
            ("状态的个数", $"{states.Count}"),
            .. states.Select((state, i) => ($"第 {i} 个状态", Seen(page, i) + state![2]!.ToJsonString())),
        ];
    }

    private static string Seen(JsonObject page, int state)
    {
        IEnumerable<JsonNode?> From(string table, int at) => page["states"]![state]![at]!.AsArray().Select(i => page[table]![(int)i!]);
        return Seen(From("lanes", 0), From("objects", 1));
    }

    private static string Seen(IEnumerable<JsonNode?> lanes, IEnumerable<JsonNode?> objects) =>
        string.Concat(lanes.Select(lane => Unnumbered(lane!)).Concat(objects).Select(node => node!.ToJsonString(Options)));

    private static JsonArray ToJson<T>(T[] views) => JsonSerializer.SerializeToNode(views, Options)!.AsArray();

    // 描述符的编号换成它指着什么：.NET 自己的线程偶尔也占一个编号。
    private static JsonNode Unnumbered(JsonNode lane)
    {
        JsonNode same = lane.DeepClone();
        var open = same["descriptors"]!.AsArray().ToDictionary(d => $"{d!["number"]}", d => $"{d!["target"]} {d["access"]}");
        same["descriptors"] = string.Join('、', open.Values.Order(StringComparer.Ordinal));
        foreach (JsonNode? variable in same["frames"]!.AsArray().SelectMany(frame => frame!["variables"]!.AsArray()))
        {
            if (open.TryGetValue($"{variable!["value"]}", out string? target)) variable["value"] = target;
        }

        return same;
    }

    private static string? Apart(string was, string now)
    {
        if (was == now) return null;
        int at = was.AsSpan().CommonPrefixLength(now);
        string Around(string text) => text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)];
        return $"网页里是「{Around(was)}」，现在是「{Around(now)}」";
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    // 相同的只存一份，第几个就是它的编号。
    private static int Stored<T>(OrderedDictionary<string, T> all, T one)
    {
        all.TryAdd(JsonSerializer.Serialize(one, Options), one, out int index);
        return index;
    }
}
