using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engine;

namespace Stage;

/// <summary>一个自带全部内容的网页：源文件、每个走得到的状态、每一步到哪里。也能拿来与新的演出比较。</summary>
internal static class Page
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>录下的全部，写成 JSON。状态按从开头走到的先后编号，所以两次录下的一样；每次都不同的（编号、地址、演了几次）放在 facts 里。</summary>
    public static JsonObject Data(Scene scene, Part[] parts, Recorder recorder)
    {
        int[] order = [.. recorder.InOrder().Select(at => at.State)];
        var number = order.Select((state, i) => (state, i)).ToDictionary(p => p.state, p => p.i);
        var lanes = new Interned();
        var objects = new Interned();
        var states = new JsonArray([.. order.Select(state =>
        {
            Snapshot snapshot = recorder.States[state];
            return new JsonArray(
                Ints(snapshot.Lanes.Select(lanes.Add)),
                Ints(snapshot.Objects.Select(objects.Add)),
                Ints(Enumerable.Range(0, snapshot.Lanes.Length).Select(lane => recorder.Next[state].TryGetValue(lane, out int next) && number.TryGetValue(next, out int n) ? n : -1)));
        })]);
        return new JsonObject
        {
            ["key"] = scene.Key,
            ["title"] = scene.Title,
            ["chapter"] = scene.Chapter,
            ["intro"] = scene.Intro,
            ["constants"] = string.Join('、', scene.Constants.Select(c => $"{c.Key} = {c.Value}")),
            ["script"] = Ints(Script(recorder, parts, scene.Script)),
            ["complete"] = recorder.IsComplete && recorder is not Along,
            ["parts"] = new JsonArray([.. parts.Select(part => new JsonObject
            {
                ["label"] = part.Label,
                ["sources"] = new JsonArray([.. part.Sources.Select(s => new JsonObject { ["name"] = s.Name, ["text"] = s.Text })]),
                ["sites"] = new JsonArray([.. part.Sites.Select(s => new JsonArray(s.File, s.Line, s.EndLine, s.Part))]),
            })]),
            ["lanes"] = lanes.All,
            ["objects"] = objects.All,
            ["states"] = states,
            ["endings"] = new JsonArray([.. Ending.Of(scene, parts, recorder).Select(e => new JsonObject { ["text"] = e.Text, ["bad"] = e.IsBad, ["states"] = Ints(e.States.Select(state => number[state]).Order()), ["order"] = Ints(e.Order) })]),
            ["facts"] = new JsonObject
            {
                ["runs"] = recorder.Runs,
                ["pids"] = Ints(Enumerable.Range(0, recorder.Pids.Count).Select(i => recorder.Pids[i])),
                ["addresses"] = new JsonObject(recorder.Addresses.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value))),
            },
        };
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
        const string Start = "<script id=\"data\" type=\"application/json\">";
        int from = html.IndexOf(Start, StringComparison.Ordinal);
        int to = from < 0 ? -1 : html.IndexOf("</script>", from, StringComparison.Ordinal);
        return to < 0 ? null : JsonNode.Parse(html[(from + Start.Length)..to]) as JsonObject;
    }

    /// <summary>比较两次录下的：每次都不同的不比。</summary>
    /// <returns>相同为 null，否则是第一处不同。</returns>
    public static string? Difference(JsonObject page, JsonObject now)
    {
        foreach ((string name, JsonNode? value) in now)
        {
            if (name == "facts") continue;
            string was = page[name]?.ToJsonString(Options) ?? "", fresh = value?.ToJsonString(Options) ?? "";
            int at = was.Zip(fresh).TakeWhile(p => p.First == p.Second).Count();
            if (was != fresh) return $"{name}：网页里是「{Around(was, at)}」，现在是「{Around(fresh, at)}」";
        }

        return null;
    }

    /// <summary>照随机的次序重新演，每一步都与网页里的状态比较。</summary>
    /// <returns>都相同为 null，否则是次序和不同。</returns>
    public static string? Replay(JsonObject page, Part[] parts, int orders)
    {
        for (int i = 0; i < orders; i++)
        {
            using Run run = Run.Start(parts);
            var taken = new List<int>();
            int state = 0;
            while (true)
            {
                JsonArray recorded = page["states"]![state]!.AsArray();
                string was = Text(recorded[0]!, page["lanes"]!) + Text(recorded[1]!, page["objects"]!);
                string now = string.Concat(run.Now.Lanes.Select(l => JsonSerializer.Serialize(l, Options))) + string.Concat(run.Now.Objects.Select(o => JsonSerializer.Serialize(o, Options)));
                int at = was.Zip(now).TakeWhile(p => p.First == p.Second).Count();
                if (was != now) return $"次序 {Order.Write(taken)}：网页里是「{Around(was, at)}」，现在是「{Around(now, at)}」";
                if (run.Now.Ready.Length == 0) break;
                int lane = run.Now.Ready[Random.Shared.Next(run.Now.Ready.Length)];
                run.Take(lane);
                taken.Add(lane);
                state = (int)recorded[2]![lane]!;
                if (state < 0) return $"次序 {Order.Write(taken)}：网页里没有";
            }
        }

        return null;

        static string Text(JsonNode indices, JsonNode table) => string.Concat(indices.AsArray().Select(i => table[(int)i!]!.ToJsonString(Options)));
    }

    private static string Around(string text, int at) => text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)];

    private static JsonArray Ints(IEnumerable<int> numbers) => new([.. numbers.Select(n => (JsonNode)n)]);

    private static List<int> Script(Recorder recorder, Part[] parts, string script)
    {
        int state = 0;
        var taken = new List<int>();
        Order.Follow(script, () => recorder.States[state], parts, lane =>
        {
            if (!recorder.Next[state].TryGetValue(lane, out int next)) return false;
            taken.Add(lane);
            state = next;
            return true;
        });
        return taken;
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>相同的只存一份。</summary>
    private sealed class Interned
    {
        private readonly Dictionary<string, int> _index = [];

        public JsonArray All { get; } = [];

        public int Add<T>(T value)
        {
            string text = JsonSerializer.Serialize(value, Options);
            if (_index.TryGetValue(text, out int known)) return known;
            All.Add(JsonNode.Parse(text));
            return _index[text] = All.Count - 1;
        }
    }
}
