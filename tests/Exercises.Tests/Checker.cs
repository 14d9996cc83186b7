using System.Text.Json;
using CliWrap;
using Examples.Tests.Support;

namespace Exercises.Tests;

/// <summary>启动检查器的可执行文件；学生的目录总是测试自己的，不看 tutorial/my。</summary>
internal static class Checker
{
    public static readonly string Tutorial = Path.Combine(Suite.Root, "tutorial");

    /// <summary>全部练习的名字，例如 06-ftruncate。</summary>
    public static readonly string[] Names =
        [.. Directory.GetFiles(Path.Combine(Tutorial, "exercises"), "*.cs").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>答案所在的目录。</summary>
    public static string Answers => Path.Combine(Suite.Root, "tests/Exercises.Tests/answers");

    /// <summary>可执行文件，与测试同一个配置。</summary>
    public static string Executable =>
        Path.Combine(Tutorial, "Check", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory), "Check");

    /// <summary>准备启动检查器。</summary>
    public static Command Command(string folder, params IEnumerable<string> args) => Suite.External(Executable, [.. args, "--my", folder]);

    /// <summary>启动检查器，等它结束。</summary>
    public static Task<Finished> Run(string folder, params IEnumerable<string> args) => Command(folder, args).Finish();

    /// <summary>检查器判定许多文件，一个进程二十个；文件或它所在的目录叫练习的名字。</summary>
    public static async Task<Dictionary<string, Judged>> Judge(IEnumerable<string> files, string temp)
    {
        var verdicts = new Dictionary<string, Judged>();

        // 时限是给一个进程的，为的是发现卡住：文件再多，机器再忙，也不该用完它。
        foreach (string[] some in files.Chunk(20))
        {
            Finished finished = await Suite.External(Executable, ["judge", .. some]).WithEnvironmentVariables(e => e.Set("TMPDIR", temp).Set("LC_ALL", "C.UTF-8")).Finish();
            finished.ExitCode.ShouldBeInRange(0, 1, finished.Error);
            using JsonDocument json = JsonDocument.Parse(finished.Output);
            foreach ((string file, JsonElement verdict) in some.Zip(json.RootElement.GetProperty("exercises").EnumerateArray())) verdicts.Add(file, Judge(verdict));
        }

        return verdicts;
    }

    /// <summary>报告里的一项。</summary>
    public static Judged Judge(JsonElement e) => new(e.GetProperty("result").GetString()!, e.GetProperty("expected").GetString()!, e.GetProperty("seen").GetString()!);

    /// <summary>把一个练习的答案放进学生的目录。</summary>
    public static void Put(this TempFolder my, string name, string answer) => File.Copy(answer, my[name + ".cs"], overwrite: true);

    /// <summary>发下来的练习，或解答。</summary>
    public static string Given(string kind, string name) => Path.Combine(Tutorial, kind, name + ".cs");
}

/// <summary>检查器对一个练习的判定。</summary>
internal sealed record Judged(string Result, string Expected, string Seen);
