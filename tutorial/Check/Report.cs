using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Check;

/// <summary>给老师和自动评分用的 JSON，格式见 tutorial/teaching.md。</summary>
internal static class Report
{
    public const string Stdout = "/dev/stdout";
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    public static int Write(string file, IEnumerable<(Exercise Exercise, string Source)> answers)
    {
        // 写不写得了，先知道：不要检查完了才说。
        using TextWriter output = file == Stdout ? Console.Out : File.CreateText(file);
        var exercises = answers.Select(answer => (answer.Exercise, File: Path.GetFileName(answer.Source), Verdict: Trial.Of(answer.Exercise, answer.Source)))
            .Select(one => new { one.Exercise.Number, one.File, one.Exercise.Title, one.Verdict.Result, one.Verdict.Expected, one.Verdict.Seen, one.Verdict.Seconds }).ToArray();
        int solved = exercises.Count(one => one.Result == Result.Solved);
        output.Write(JsonSerializer.Serialize(new { solved, total = exercises.Length, exercises }, Format) + "\n");
        return solved == exercises.Length ? 0 : 1;
    }
}
