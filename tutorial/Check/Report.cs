using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Check;

/// <summary>给老师和自动评分用的 JSON，格式见 tutorial/teaching.md。</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>逐个检查，写成 JSON。</summary>
    /// <param name="work">学生的目录。</param>
    /// <param name="file">文件；- 是标准输出。</param>
    /// <param name="chosen">检查哪些练习。</param>
    /// <returns>全部解出来了是 0，否则 1。</returns>
    public static int Write(Workspace work, string file, Exercise[] chosen)
    {
        // 写不写得了，先知道：不要检查完了才说。
        if (file != "-") File.WriteAllText(file, "");
        return Write(file, chosen.Select(exercise => (exercise, work.Mine(exercise))));
    }

    /// <summary>几个文件，逐个检查，写成 JSON，打印出来。</summary>
    /// <param name="answers">文件，和它是哪个练习的答案。</param>
    /// <returns>全部解出来了是 0，否则 1。</returns>
    public static int Judge(IEnumerable<(Exercise, string)> answers) => Write("-", answers);

    private static int Write(string file, IEnumerable<(Exercise Exercise, string Source)> answers)
    {
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
                ["result"] = Name(verdict.Result),
                ["expected"] = verdict.Expected,
                ["seen"] = verdict.Seen,
                ["seconds"] = verdict.Seconds,
            });
        }

        var report = new JsonObject { ["solved"] = solved, ["total"] = exercises.Count, ["exercises"] = exercises };
        string json = report.ToJsonString(Format) + "\n";
        if (file == "-") Console.Write(json);
        else File.WriteAllText(file, json);
        return solved == exercises.Count ? 0 : 1;
    }

    /// <summary>结果在 JSON 里的写法，例如 compile-error。</summary>
    public static string Name(Result result) => JsonNamingPolicy.KebabCaseLower.ConvertName(result.ToString());
}
