using System.Text;
using CliWrap;
using CliWrap.EventStream;
using Spectre.Console;

namespace Examples.Tour;

/// <summary>依次启动一站的各个程序，显示哪个进程说了什么，核对结果。</summary>
/// <param name="examples">examples 目录。</param>
/// <param name="output">项目目录之下的输出目录，例如 bin/Debug/net10.0。</param>
/// <param name="temp">本次导览的私有临时目录。</param>
internal sealed class Guide(string examples, string output, string temp)
{
    /// <summary>一个程序最多跑多久；到时连同它的子进程一起结束。</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>走完一站。</summary>
    /// <returns>全部程序成功、输出符合预期为 true。</returns>
    public async Task<bool> Visit(Stop stop, CancellationToken cancelled)
    {
        AnsiConsole.MarkupLine($"[bold]{stop.Number} {stop.Title.EscapeMarkup()}[/]");
        AnsiConsole.MarkupLine($"[dim]examples/{stop.Folder}，{stop.Source.EscapeMarkup()}[/]");

        // 名字和内容每次都不同：不会撞上学生自己的 /memmap，也说明内容真的传了过去。
        string unique = Guid.NewGuid().ToString("N")[..8];
        string name = $"/tour-{Environment.ProcessId}-{unique}";
        string Fill(string text) => text.Replace("{name}", name).Replace("{file}", Path.Combine(temp, unique))
            .Replace("{value}", $"{Convert.ToInt32(unique[1..], 16)}").Replace("{text}", $"你好 {unique}");

        try
        {
            foreach (Step step in stop.Steps)
            {
                if (!await Run(step with { Arguments = [.. step.Arguments.Select(Fill)], Expected = [.. step.Expected.Select(Fill)] }, cancelled))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            // 成对的程序走到一半出错，名字会留下。
            File.Delete("/dev/shm" + name);
            File.Delete($"/dev/shm/sem.{name[1..]}_sem");
        }
    }

    private async Task<bool> Run(Step step, CancellationToken cancelled)
    {
        string program = Path.GetFileName(step.Project);
        program = program.Length > 3 && program[2] == '-' ? program[3..] : program;
        string executable = Path.Combine(examples, step.Project, output, program);
        if (!File.Exists(executable))
        {
            return Wrong($"没有找到 {executable}：先运行 dotnet build。");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        limit.CancelAfter(Limit);
        Command command = Cli.Wrap(executable).WithArguments(step.Arguments).WithValidation(CommandResultValidation.None)
            .WithEnvironmentVariables(e => e.Set("TMPDIR", temp));
        var said = new List<string>();
        int pid = 0;
        try
        {
            await foreach (CommandEvent happened in command.ListenAsync(Encoding.UTF8, limit.Token))
            {
                switch (happened)
                {
                    case StartedCommandEvent started:
                        pid = started.ProcessId;
                        break;
                    case StandardOutputCommandEvent line:
                        said.Add(line.Text);
                        Show(program, pid, line.Text, "default");
                        break;
                    case StandardErrorCommandEvent line:
                        Show(program, pid, line.Text, "yellow");
                        break;
                    case ExitedCommandEvent { ExitCode: not 0 } exited:
                        return Wrong($"{program} 的退出码是 {exited.ExitCode}。");
                }
            }
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            return Wrong($"{program} 过了 {Limit.TotalSeconds} 秒还没有结束，已经终止。");
        }

        string[] expected = [.. step.Expected.Select(line => line.Replace("{pid}", $"{pid}"))];
        return expected.Length == 0 || said.SequenceEqual(expected) || Wrong($"预期的输出是：{string.Join(" ⏎ ", expected)}");
    }

    private static void Show(string program, int pid, string line, string color) =>
        AnsiConsole.MarkupLine($"[blue]{program,-18}[/] [dim]{pid,8}[/] [grey]│[/] [{color}]{line.EscapeMarkup()}[/]");

    private static bool Wrong(string why)
    {
        AnsiConsole.MarkupLine($"[red]✗ {why.EscapeMarkup()}[/]");
        return false;
    }
}
