// 练习的检查器；怎样用，见 tutorial/exercises/README.md。
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
