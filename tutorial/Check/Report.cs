using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Check;

/// <summary>给老师和自动评分用的 JSON，格式见 tutorial/teaching.md。</summary>
internal static class Report
{
    /// <summary>写到标准输出。</summary>
    public const string Stdout = "/dev/stdout";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>逐个检查，写成 JSON。</summary>
    /// <param name="file">文件，或 <see cref="Stdout"/>。</param>
    /// <param name="answers">检查哪些练习，学生的文件在哪里。</param>
    /// <returns>全部解出来了是 0，否则 1。</returns>
    public static int Write(string file, IEnumerable<(Exercise Exercise, string Source)> answers)
    {
        // 写不写得了，先知道：不要检查完了才说。
        if (file != Stdout) File.WriteAllText(file, "");
        var exercises = new JsonArray();
        int solved = 0;
        foreach ((Exercise exercise, string source) in answers)
        {
            Verdict verdict = Trial.Of(exercise, source);
            if (verdict.Solved) solved++;
            exercises.Add((JsonNode)new JsonObject
            {
                ["number"] = exercise.Number,
                ["file"] = Path.GetFileName(source),
                ["title"] = exercise.Title,
                ["result"] = JsonNamingPolicy.KebabCaseLower.ConvertName(verdict.Result.ToString()),
                ["expected"] = verdict.Expected,
                ["seen"] = verdict.Seen,
                ["seconds"] = verdict.Seconds,
            });
        }

        var report = new JsonObject { ["solved"] = solved, ["total"] = exercises.Count, ["exercises"] = exercises };
        string json = report.ToJsonString(Format) + "\n";
        if (file == Stdout) Console.Write(json);
        else File.WriteAllText(file, json);
        return solved == exercises.Count ? 0 : 1;
    }
}
