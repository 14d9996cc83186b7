using Spectre.Console;
using Spectre.Console.Cli;
using Spectre.Console.Cli.Help;
using Spectre.Console.Rendering;

namespace Check;

internal sealed class Options : CommandSettings
{
    // 选项后面没有值的时候，库不说错，填上这个。
    private const string NoValue = "__default_command";

    [CommandArgument(0, "[WORDS]")] public string[] Words { get; init; } = [];
    [CommandOption("--my <DIR>")] public string? My { get; init; }
    [CommandOption("--json <FILE>")] public string? Json { get; init; }
    public override ValidationResult Validate() => My is NoValue or "" || Json is NoValue or "" ? ValidationResult.Error() : ValidationResult.Success();
}

internal sealed class Main : Command<Options>
{
    public override int Execute(CommandContext context, Options options, CancellationToken cancellation)
    {
        string[] words = options.Words;
        Exercise? one = Exercise.Find(words.ElementAtOrDefault(1));
        var work = new Workspace(Path.GetFullPath(options.My ?? Path.Combine(Workspace.Tutorial, "my")));
        return (words, one, options.Json) switch
        {
            ([], _, null) => Checking(work.Fill, () => Screen.FirstUnsolved(work, 0) < Exercise.All.Length ? 1 : 0),
            (["watch"], _, null) => Checking(work.Fill, () => new Watcher(work).Run()),
            (["list"], _, null) => Screen.List(work.Fill()),
            (["run", _], { }, null) => Checking(work.Fill, () => Screen.Run(one, work) ? 0 : 1),
            (["hint", _, .. [] or ["1" or "2"]], { }, null) => Screen.Hint(one, words is [_, _, "2"] ? 2 : 1, work.Command($"hint {one.Number} 2")),
            (["reset", _], { }, null) => Screen.Reset(one, work),
            (["report", .. var chosen], _, { } json) when chosen.All(word => Exercise.Find(word) != null) =>
                Checking(work.Fill, () => Report.Write(json, (chosen is [] ? Exercise.All : chosen.Select(Exercise.Find)).Select(e => (e!, work.Mine(e!))))),
            (["judge", _, ..], _, null) when words[1..].All(file => Exercise.Of(file) != null) =>
                Checking(() => work, () => Report.Write(Report.Stdout, words[1..].Select(file => (Exercise.Of(file)!, Path.GetFullPath(file))))),
            _ => Usage.Print(),
        };
    }

    private static int Checking(Func<Workspace> fill, Func<int> check)
    {
        fill();
        Examples.Undo.Add(Sandbox.Leave);
        Sandbox.Prepare();
        return check();
    }
}

/// <summary>用法，--help 也是它；用法不对，也只说这一行，库自己的话是英文的。</summary>
internal sealed class Usage : IHelpProvider
{
    private static string Line => $"用法：Check [watch | list | run NN | hint NN [2] | reset NN | report --json 文件 [NN …] | judge 文件 …] [--my 目录]（NN 是 01 到 {Exercise.All.Length:00}；文件写 - 是标准输出）";

    public static int Print()
    {
        Console.Error.WriteLine(Line);
        return 2;
    }

    public IEnumerable<IRenderable> Write(ICommandModel model, ICommandInfo? command) => [new Text(Line + "\n")];
}
