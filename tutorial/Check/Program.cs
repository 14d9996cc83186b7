// 练习的检查器。
//
//     dotnet run --project tutorial/Check                第一个没解出来的练习
//     dotnet run --project tutorial/Check -- watch       存盘就检查，解出来就往下走
//     dotnet run --project tutorial/Check -- judge 文件 …      逐个检查，写成 JSON；文件或它所在的目录叫练习的名字，例如 alice/03-waitpid.cs、03-waitpid/alice.cs
//     dotnet run --project tutorial/Check -- list | run NN | hint NN [2] | reset NN | report --json 文件 [NN …]
using Check;
using Spectre.Console.Cli;

// 换上之后从头再来一遍：在别的事之前，就不做两遍。
Sandbox.EnterOrStay();
var app = new CommandApp<Main>();
app.Configure(to =>
{
    to.PropagateExceptions();
    to.SetHelpProvider(new Usage());
    to.Settings.StrictParsing = true;
});
try
{
    // 库把单独的 - 当作没有名字的选项。
    return app.Run(args.Select(word => word == "-" ? Report.Stdout : word));
}
catch (CommandAppException) { return Usage.Print(); }
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message.ReplaceLineEndings(" "));
    return 1;
}
