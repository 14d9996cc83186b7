using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Stage.Tests;

/// <summary>一个网页里录下的，拿来与另一次录下的比较：每次都不同的（facts）不比，描述符只比它指着什么。</summary>
internal sealed class Recording(JsonElement data)
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _data = JsonSerializer.SerializeToNode(data)!.AsObject();

    private JsonArray States => _data["states"]!.AsArray();

    /// <summary>走一步到哪个状态；没有录下是 -1。</summary>
    public int Next(int state, int lane) => (int)States[state]![2]![lane]!;

    /// <summary>随机的一个次序，走到走不动。</summary>
    public int[] RandomOrder()
    {
        var order = new List<int>();
        for (int state = 0; ; state = Next(state, order[^1]))
        {
            int[] ready = [.. Enumerable.Range(0, States[state]![2]!.AsArray().Count).Where(lane => Next(state, lane) >= 0)];
            if (ready.Length == 0) return [.. order];
            order.Add(Random.Shared.GetItems(ready, 1)[0]);
        }
    }

    /// <summary>照一个次序走，每一步的状态与另一次录下的比较。</summary>
    /// <returns>都相同为 null，否则是第一处不同。</returns>
    public string? DifferenceAlong(int[] order, Recording other)
    {
        int here = 0, there = 0;
        for (int step = 0; ; step++)
        {
            if (Apart(Seen(here), other.Seen(there)) is { } apart) return $"第 {step} 步：{apart}";
            if (step == order.Length) return null;
            (here, there) = (Next(here, order[step]), other.Next(there, order[step]));
            if (there < 0) return $"第 {step + 1} 步没有走成";
        }
    }

    /// <summary>全部比较。</summary>
    /// <returns>都相同为 null，否则是第一处不同。</returns>
    public string? Difference(Recording other) =>
        Shown().Zip(other.Shown(), (here, there) => Apart(here.Text, there.Text) is { } apart ? $"{here.Where}：{apart}" : null).FirstOrDefault(apart => apart != null);

    // 一样一样：状态写全，它们用到的就不另比。
    private IEnumerable<(string Where, string Text)> Shown() =>
    [
        .. _data.Where(item => item.Key is not ("facts" or "lanes" or "objects" or "states")).Select(item => (item.Key, $"{item.Value?.ToJsonString(Options)}")),
        ("状态的个数", $"{States.Count}"),
        .. States.Select((state, i) => ($"第 {i} 个状态", Seen(i) + state![2]!.ToJsonString())),
    ];

    private string Seen(int state)
    {
        IEnumerable<JsonNode> From(string table, int at) => States[state]![at]!.AsArray().Select(i => _data[table]![(int)i!]!);
        return string.Concat(From("lanes", 0).Select(Unnumbered).Concat(From("objects", 1)).Select(node => node.ToJsonString(Options)));
    }

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

    private static string? Apart(string here, string there)
    {
        if (here == there) return null;
        int at = here.AsSpan().CommonPrefixLength(there);
        string Around(string text) => text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)];
        return $"网页里是「{Around(here)}」，现在是「{Around(there)}」";
    }
}
