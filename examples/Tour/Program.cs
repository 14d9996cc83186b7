// 导览：构建示例，再按文章的顺序把每个示例作为真实的进程运行一遍。
//
//     dotnet run --project examples/Tour                 文章的三组程序逐行显示，其余各一行
//     dotnet run --project examples/Tour -- --all        全部逐行显示
//     dotnet run --project examples/Tour -- 10           只运行第 10 节（也可以写名字），逐行显示
//     dotnet run --project examples/Tour -- --step       每个示例之后等 Enter，留给讲解
//     dotnet run --project examples/Tour -- --quiz       先问，你猜，再运行，让输出来回答
//     dotnet run --project examples/Tour -- --list       只列出
using System.Diagnostics;
using System.Runtime.InteropServices;
using Examples.Tour;
using Spectre.Console;

if (Options.Parse(args, out string complaint) is not { } options)
{
    bool help = args.Contains("-h") || args.Contains("--help");
    (help ? Console.Out : Console.Error).WriteLine(complaint);
    return help ? 0 : 2;
}

if (options.List)
{
    foreach (Stop stop in options.Stops)
    {
        string started = string.Join(' ', stop.Steps.Select(step => step.Project));
        Console.WriteLine($"{stop.Folder}\t{stop.Title}\t{stop.Source}\t{started}");
    }

    return 0;
}

// 先接管信号，再创建要清理的东西。
using var cancel = new CancellationTokenSource();
int killedBy = 0;
void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    killedBy = context.Signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        _ => 15,
    };
    cancel.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);
using PosixSignalRegistration quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Interrupt);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var family = new Family();
DirectoryInfo temp;
try { temp = Directory.CreateTempSubdirectory("tour-"); }
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    string where = $"在 {Path.GetTempPath()} 里创建不了临时目录：";
    Console.Error.WriteLine(where + $"{e.Message} 用环境变量 TMPDIR 指定另一个目录。");
    return 1;
}

// 无论怎样离开（例如标准输出写不出去）：先请自己启动的程序结束，再删临时目录。
AppDomain.CurrentDomain.ProcessExit += (_, _) =>
{
    family.End();
    if (Directory.Exists(temp.FullName)) temp.Delete(recursive: true);
};

// 输出到管道或文件时没有宽度可言，不折行；只有默认的样子，最宽 100 列。
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = int.MaxValue / 2;
int columns = options.Brief ? Math.Min(100, AnsiConsole.Profile.Width) : AnsiConsole.Profile.Width;
void Announce(string progress)
{
    if (!AnsiConsole.Profile.Capabilities.Interactive) Console.Error.WriteLine(progress);
}

var suite = Suite.Find();
string[] projects = [.. options.Stops.SelectMany(stop => stop.Steps).Select(step => step.Project).Distinct()];
var builder = new Builder(suite, projects, temp.FullName, Announce);
var performance = new Performance(family, temp.FullName, options.Patience);
var guide = new Guide(suite, builder, performance, temp.FullName, columns);
Task building = builder.Run(cancel.Token);
try
{
    if (options.Quiz) return await Quiz.Run(guide, options.Stops, cancel.Token) ? 0 : 1;
    int failed = 0, all = options.Stops.Length;
    var summary = new Table().Border(TableBorder.Rounded).AddColumns("示例", "内容", "结果", "用时");
    foreach (Stop stop in options.Stops)
    {
        var clock = Stopwatch.StartNew();
        bool well = await guide.Visit(stop, full: !options.Brief || stop.IsExchange, cancel.Token);
        failed += well ? 0 : 1;
        string mark = well ? "[green]✓[/]" : "[red]✗[/]", time = $"{clock.Elapsed.TotalSeconds:0.0} 秒";
        summary.AddRow(stop.Folder, stop.Title.EscapeMarkup(), mark, time);
        if (options.Step && stop != options.Stops[^1])
        {
            AnsiConsole.Markup("[dim]按 Enter 继续……[/]");
            await Task.Run(Console.ReadLine).WaitAsync(cancel.Token);
        }
    }

    const string More = "要看 04 的每一行：dotnet run --project examples/Tour -- 04；要看全部的：-- --all。";
    if (options.Brief) AnsiConsole.MarkupLine($"[dim]{More}[/]");
    else if (all > 1) AnsiConsole.Write(summary);
    string verdict = failed == 0 ? "[green]{0} 个示例全部符合预期。[/]" : "[red]{0} 个示例中有 {1} 个不符合预期。[/]";
    AnsiConsole.MarkupLine(string.Format(System.Globalization.CultureInfo.InvariantCulture, verdict, all, failed));
    return failed == 0 ? 0 : 1;
}
catch (OperationCanceledException)
{
    // 运行中的示例已经结束，才会走到这里；构建也要等它停下。
    await building;
    string build = builder.WasForced ? "构建不肯停下，被强行终止。" : "";
    string left = $"有 {family.Forced} 个进程不肯结束，被强行终止，来不及清理：ls -l /dev/shm 看看有没有留下名字。";
    Console.Error.WriteLine($"导览中断。{(family.Forced == 0 ? "它启动的示例都已自己结束。" : left)}{build}");
    return 128 + killedBy;
}
