using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Engine;

namespace Stage;

/// <summary>一个自带全部内容的网页：源文件、每个走得到的状态、每一步到哪里。</summary>
internal static class Page
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Html(Scene scene, Part[] parts, Recorder recorder) => Resource("page.html")
        .Replace("{{title}}", $"{scene.Key} · {scene.Title}", StringComparison.Ordinal)
        .Replace("{{css}}", Resource("page.css"), StringComparison.Ordinal)
        .Replace("{{js}}", Resource("page.js"), StringComparison.Ordinal)
        // 网页里的脚本不能提前结束。
        .Replace("{{data}}", Data(scene, parts, recorder).Replace("</", "<\\/", StringComparison.Ordinal), StringComparison.Ordinal);

    // 录下的全部，写成 JSON。状态按从开头走到的先后编号，所以两次录下的一样；每次都不同的（编号、地址、演了几次）放在 facts 里。
    private static string Data(Scene scene, Part[] parts, Recorder recorder)
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
        return JsonSerializer.Serialize(new
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
        }, Options);
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
