// 练习的检查器。
//
//     dotnet run --project tutorial/Check                第一个没解出来的练习
//     dotnet run --project tutorial/Check -- watch       存盘就检查，解出来就往下走
//     dotnet run --project tutorial/Check -- judge 文件 …      逐个检查，写成 JSON；文件或它所在的目录叫练习的名字，例如 alice/03-waitpid.cs、03-waitpid/alice.cs
//     dotnet run --project tutorial/Check -- list | run NN | hint NN [2] | reset NN | report --json 文件 [NN …]
using Check;
using Spectre.Console.Cli;

// 没有命令，就是第一个没解出来的练习。
const string First = "first";
var app = new CommandApp();
app.Configure(to =>
{
    // 用法不对，只说一行；库自己的话是英文的。
    to.PropagateExceptions();
    to.SetHelpProvider(new Usage());
    to.Settings.StrictParsing = true;
    to.AddDelegate<Options>(First, (_, o, _) => o.Checking(Screen.First));
    to.AddDelegate<Options>("watch", (_, o, _) => o.Checking(work => new Watcher(work).Run()));
    to.AddDelegate<Options>("list", (_, o, _) => Screen.List(o.Filled()));
    to.AddDelegate<One>("run", (_, o, _) => o.Checking(work => Screen.ShowWithHint(o.Exercise, work.Check(o.Exercise), work) ? 0 : 1));
    to.AddDelegate<Hint>("hint", (_, o, _) => Screen.Hint(o.Exercise, o.Step, o.Work.Command($"hint {o.Exercise.Number} 2")));
    to.AddDelegate<One>("reset", (_, o, _) => Reset(o.Work, o.Exercise));
    to.AddDelegate<Several>("report", (_, o, _) => o.Checking(work => Report.Write(o.Json!, (o.Chosen.Length > 0 ? o.Chosen : Exercise.All).Select(e => (e, work.Mine(e))))));
    to.AddDelegate<Answers>("judge", (_, o, _) => o.Checking(_ => Report.Write(Report.Stdout, o.Files.Select(file => (Exercise.Of(file)!, Path.GetFullPath(file)))), fills: false));
});
try
{
    // 库把单独的 - 当作没有名字的选项。
    string[] words = args is [] or ["--my", ..] ? [First, .. args] : args;
    return app.Run(words.Select(word => word == "-" ? Report.Stdout : word));
}
catch (CommandAppException)
{
    Console.Error.WriteLine(Usage.Line);
    return 2;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message + (e.Message.Contains('/') ? " 学生的目录若写不了，用 --my 另选一个。" : ""));
    return 1;
}

static int Reset(Workspace work, Exercise exercise)
{
    Directory.CreateDirectory(work.Folder);
    work.Reset(exercise);
    Console.WriteLine($"{Trial.ShownPath(work.Mine(exercise))} 恢复成了发下来的样子。");
    return 0;
}
