// 导览：按文章的顺序把每个示例作为真实的进程运行一遍。
//
//     dotnet run --project examples/Tour                 全部
//     dotnet run --project examples/Tour -- --list       只列出
//     dotnet run --project examples/Tour -- 10           只运行第 10 节（也可以写名字）
//     dotnet run --project examples/Tour -- --step       每个示例之后等 Enter，留给讲解
using System.Diagnostics;
using System.Runtime.InteropServices;
using Examples.Tour;
using Spectre.Console;

// 输出到管道或文件时没有宽度可言，不要折行。
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 1000;

bool list = args.Contains("--list"), step = args.Contains("--step");
string[] wanted = [.. args.Where(arg => arg is not ("--list" or "--step"))];
Stop[] stops = wanted is [] ? Catalog.Stops : [.. wanted.SelectMany(Catalog.Find).Distinct()];
if (wanted.FirstOrDefault(name => Catalog.Find(name).Length == 0) is { } unknown)
{
    bool help = unknown is "-h" or "--help";
    string why = help ? "" : $"没有叫 {unknown} 的示例，";
    (help ? Console.Out : Console.Error).WriteLine($"用法：Tour [--list] [--step] [小节号或名字]…（{why}--list 列出全部）");
    return help ? 0 : 2;
}

if (list)
{
    foreach (Stop stop in stops)
    {
        Console.WriteLine($"{stop.Folder}\t{stop.Title}\t{stop.Source}\t{string.Join(' ', stop.Steps.Select(one => one.Project))}");
    }

    return 0;
}

// 可执行文件在 examples/Tour/bin/Debug/net10.0，其他示例的在同样的相对位置。
string here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
string tour = Path.GetFullPath(Path.Combine(here, "../../.."));
DirectoryInfo temp = Directory.CreateTempSubdirectory("tour-");
var guide = new Guide(Path.GetDirectoryName(tour)!, Path.GetRelativePath(tour, here), temp.FullName);

using var cancel = new CancellationTokenSource();
int killedBy = 0;
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    killedBy = context.Signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGINT => 2, _ => 15 };
    cancel.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var summary = new Table().Border(TableBorder.Rounded).AddColumns("示例", "内容", "结果", "用时");
int failed = 0;
try
{
    foreach (Stop stop in stops)
    {
        var clock = Stopwatch.StartNew();
        bool well = await guide.Visit(stop, cancel.Token);
        failed += well ? 0 : 1;
        summary.AddRow(stop.Folder, stop.Title.EscapeMarkup(), well ? "[green]✓[/]" : "[red]✗[/]", $"{clock.Elapsed.TotalSeconds:0.0} 秒");
        AnsiConsole.WriteLine();
        if (step && stop != stops[^1])
        {
            AnsiConsole.Markup("[dim]按 Enter 继续……[/]");
            await Task.Run(Console.ReadLine).WaitAsync(cancel.Token);
        }
    }

    AnsiConsole.Write(summary);
    AnsiConsole.MarkupLine(failed == 0 ? $"[green]{stops.Length} 个示例全部符合预期。[/]" : $"[red]{stops.Length} 个示例中有 {failed} 个不符合预期。[/]");
    return failed == 0 ? 0 : 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("导览中断，已启动的程序都已结束。");
    return 128 + killedBy;
}
finally
{
    temp.Delete(recursive: true);
}
