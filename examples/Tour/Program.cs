// 导览：构建示例，再按文章的顺序把每个示例作为真实的进程运行一遍。
//
//     dotnet run --project examples/Tour                 文章的三组程序逐行显示，其余各一行
//     dotnet run --project examples/Tour -- --all        全部逐行显示
//     dotnet run --project examples/Tour -- 10           只运行第 10 节（也可以写名字），逐行显示
//     dotnet run --project examples/Tour -- --step       每个示例之后等 Enter，留给讲解
//     dotnet run --project examples/Tour -- --list       只列出
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Examples.Tour;
using Spectre.Console;

const int Columns = 100;
string[] options = ["--all", "--step", "--list", "--patience"];
int patience = 60, given = Array.IndexOf(args, "--patience");
bool patient = given < 0 || (args.Length > given + 1 && int.TryParse(args[given + 1], CultureInfo.InvariantCulture, out patience) && patience > 0);
string[] wanted = [.. args.Where((arg, i) => !options.Contains(arg) && (given < 0 || i != given + 1))];
Stop[] stops = wanted is [] ? Catalog.Stops : [.. wanted.SelectMany(Catalog.Find).Distinct()];
if (wanted.FirstOrDefault(name => Catalog.Find(name).Length == 0) is var unknown && (unknown != null || !patient))
{
    bool help = unknown is "-h" or "--help";
    string why = help || unknown == null ? "" : $"没有叫 {unknown} 的示例，";
    (help ? Console.Out : Console.Error).WriteLine(
        $"用法：Tour [--all] [--step] [--list] [--patience 秒] [小节号或名字]…（{why}--list 列出全部；--patience 是多少秒没有动静算挂住，默认 60）");
    return help ? 0 : 2;
}

if (args.Contains("--list"))
{
    foreach (Stop stop in stops)
    {
        Console.WriteLine($"{stop.Folder}\t{stop.Title}\t{stop.Source}\t{string.Join(' ', stop.Steps.Select(one => one.Project))}");
    }

    return 0;
}

// 先接管信号，再创建要收拾的东西。
using var cancel = new CancellationTokenSource();
int killedBy = 0;
void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    killedBy = context.Signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGINT => 2, _ => 15 };
    cancel.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

bool brief = wanted is [] && !args.Contains("--all") && !args.Contains("--step");
Suite suite = Suite.Find();
var family = new Family();
DirectoryInfo temp = Directory.CreateTempSubdirectory("tour-");

// 无论怎样离开（写不出去而中途退出也算）：先请自己启动的程序结束，再删临时目录。
AppDomain.CurrentDomain.ProcessExit += (_, _) =>
{
    family.End();
    if (Directory.Exists(temp.FullName)) temp.Delete(recursive: true);
};

// 输出到管道或文件时没有宽度可言，不要折行；默认的样子自己折。
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 1000;
void Announce(string progress)
{
    if (!AnsiConsole.Profile.Capabilities.Interactive) Console.Error.WriteLine(progress);
}

var builder = new Builder(suite, [.. stops.SelectMany(stop => stop.Steps).Select(step => step.Project).Distinct()], temp.FullName, Announce);
var guide = new Guide(suite, builder, new Performance(family, temp.FullName, patience), temp.FullName, brief ? Columns : int.MaxValue);
Task building = builder.Run(cancel.Token);
int failed = 0;
try
{
    var summary = new Table().Border(TableBorder.Rounded).AddColumns("示例", "内容", "结果", "用时");
    foreach (Stop stop in stops)
    {
        var clock = Stopwatch.StartNew();
        bool well = await guide.Visit(stop, full: !brief || stop.IsExchange, cancel.Token);
        failed += well ? 0 : 1;
        summary.AddRow(stop.Folder, stop.Title.EscapeMarkup(), well ? "[green]✓[/]" : "[red]✗[/]", $"{clock.Elapsed.TotalSeconds:0.0} 秒");
        if (args.Contains("--step") && stop != stops[^1])
        {
            AnsiConsole.Markup("[dim]按 Enter 继续……[/]");
            await Task.Run(Console.ReadLine).WaitAsync(cancel.Token);
        }
    }

    if (!brief && stops.Length > 1) AnsiConsole.Write(summary);
    AnsiConsole.MarkupLine(failed == 0 ? $"[green]{stops.Length} 个示例全部符合预期。[/]" : $"[red]{stops.Length} 个示例中有 {failed} 个不符合预期。[/]");
    if (brief) AnsiConsole.MarkupLine("[dim]看一个示例的每一行：dotnet run --project examples/Tour -- 04；看全部：-- --all。[/]");
    return failed == 0 ? 0 : 1;
}
catch (OperationCanceledException)
{
    await building;
    Console.Error.WriteLine(family.Forced == 0 ? "导览中断，它启动的程序都已自己结束。"
        : $"导览中断。有 {family.Forced} 个进程不肯结束，强行终止了；它们来不及清理，看看 ls -l /dev/shm 里有没有留下名字。");
    return 128 + killedBy;
}
