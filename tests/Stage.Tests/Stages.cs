using System.Text.Json;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;

namespace Stage.Tests;

/// <summary>启动舞台的可执行文件。</summary>
internal static partial class Stages
{
    /// <summary>可执行文件，与测试同一个配置。</summary>
    public static string Executable { get; } =
        Path.Combine(Suite.Root, "tutorial/Stage", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory), "Stage");

    /// <summary>tutorial/stage 下的网页，不含目录。</summary>
    public static string[] Pages { get; } = [.. Directory.GetFiles(Path.Combine(Suite.Root, "tutorial/stage"), "*.html").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>一个网页的路径。</summary>
    public static string PageFile(string page) => Path.Combine(Suite.Root, "tutorial/stage", page);

    /// <summary>网页是哪一场的，例如 12w。</summary>
    public static string Key(string page) => Data(File.ReadAllText(PageFile(page))).GetProperty("key").GetString()!;

    /// <summary>测试用的一个小程序。</summary>
    public static string Program(string name) => Path.Combine(Suite.Root, "tests/Stage.Tests/programs", name + ".cs");

    /// <summary>准备启动舞台。</summary>
    public static Command Command(params IEnumerable<string> args) => Suite.External(Executable, args).WithWorkingDirectory(Suite.Temp.FullName);

    /// <summary>启动舞台，等它结束。</summary>
    public static Task<Finished> Run(params IEnumerable<string> args) => Command(args).Finish();

    /// <summary>走遍每个次序，取回网页里录下的。</summary>
    public static async Task<JsonElement> Record(params IEnumerable<string> args)
    {
        string file = Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName() + ".html");
        try
        {
            Finished finished = await Run([.. args, "--html", file]);
            finished.ShouldSucceed();
            return Data(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>网页里录下的。</summary>
    public static JsonElement Data(string html) => JsonDocument.Parse(DataScript().Match(html).Groups[1].Value).RootElement;

    /// <summary>各种结局的文字，坏的前面有 ✗。</summary>
    public static string[] Endings(JsonElement data) =>
        [.. data.GetProperty("endings").EnumerateArray().Select(e => (e.GetProperty("bad").GetBoolean() ? "✗ " : "✓ ") + e.GetProperty("text").GetString())];

    [GeneratedRegex("<script id=\"data\" type=\"application/json\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex DataScript();
}
