using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Examples.Tour;

/// <summary>一站一站地走：等程序建好，依次启动，显示哪个进程说了什么，核对结果。</summary>
/// <param name="suite">示例在哪里。</param>
/// <param name="builder">构建程序。</param>
/// <param name="performance">启动程序。</param>
/// <param name="temp">本次导览的私有临时目录。</param>
/// <param name="columns">一行最宽多少列，超出的折到下一行；一个汉字占两列。</param>
internal sealed partial class Guide(Suite suite, Builder builder, Performance performance, string temp, int columns)
{
    /// <summary>上一站的各个程序说的，一行一句。</summary>
    public string Heard { get; private set; } = "";

    /// <summary>走完一站。</summary>
    /// <param name="stop">一站。</param>
    /// <param name="full">每一行都显示；否则符合预期就只显示一行。</param>
    /// <param name="cancelled">请正在运行的程序结束，然后抛出 <see cref="OperationCanceledException"/>。</param>
    /// <returns>全部程序成功、输出符合预期为 true。</returns>
    public async Task<bool> Visit(Stop stop, bool full, CancellationToken cancelled)
    {
        var heard = new List<(string Program, Line Line)>();
        void Hear(string program, Line line)
        {
            heard.Add((program, line));
            if (full) Show(stop, program, line);
        }

        if (full) Title(stop);
        string[] wrong = await Waiting(() => builder.Progress, NotBuilt(stop, cancelled));
        cancelled.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        if (wrong is [])
        {
            Task<string[]> run = Task.Run(() => Run(stop, Hear, cancelled), CancellationToken.None);
            wrong = full ? await run : await Waiting(() => $"{stop.Number} {stop.Title}", run);
        }

        Heard = string.Join('\n', heard.Select(one => one.Line.Text).Concat(wrong));
        if (!full && wrong is [])
        {
            int counted = heard.Count(one => Observation().IsMatch(one.Line.Text));
            string name = columns < 96 ? "" : Pad(stop.Name, 16), title = Pad(stop.Title, 54).EscapeMarkup();
            string seconds = $"{clock.Elapsed.TotalSeconds,5:0.0} 秒";
            string seen = counted > 0 ? $"{counted,2} 次观察" : " 值送到了";
            Write($"[green]✓[/] {stop.Number} [blue]{name}[/]{title}{seen} {seconds}");
            return true;
        }

        if (!full)
        {
            Title(stop);
            heard.ForEach(one => Show(stop, one.Program, one.Line));
        }

        foreach (string part in wrong.SelectMany((why, i) => Fold(i == 0 ? "✗ " + why : why, columns)))
        {
            Write($"[red]{part.EscapeMarkup()}[/]");
        }

        AnsiConsole.WriteLine();
        return wrong is [];
    }

    private async Task<string[]> NotBuilt(Stop stop, CancellationToken cancelled)
    {
        var wrong = new List<string>();
        foreach (string project in stop.Steps.Select(step => step.Project))
        {
            string[] errors = await builder.Outcome(project).WaitAsync(cancelled);
            if (errors is not []) wrong.AddRange([$"{Suite.Program(project)} 没有构建成：", .. errors]);
        }

        return [.. wrong];
    }

    private string[] Run(Stop stop, Action<string, Line> hear, CancellationToken cancelled)
    {
        // 名字和内容每次都不同：不会撞上学生自己的 /memmap，也说明内容真的传了过去。
        string unique = RandomNumberGenerator.GetHexString(12, lowercase: true), name = $"/tour-{unique}";
        string value = $"{RandomNumberGenerator.GetInt32(int.MaxValue)}";
        string Fill(string text) => text.Replace("{name}", name).Replace("{file}", Path.Combine(temp, unique))
            .Replace("{value}", value).Replace("{text}", $"你好 {unique}");

        try
        {
            foreach (Step step in stop.Steps)
            {
                string program = Suite.Program(step.Project);
                string[] arguments = [.. step.Arguments.Select(Fill)];
                string executable = suite.Executable(step.Project);
                Ended ended = performance.Run(executable, arguments, line => hear(program, line), cancelled);
                if (ended.Complaint != null) return [ended.Complaint];

                string[] expected = [.. step.Expected.Select(line => Fill(line).Replace("{pid}", $"{ended.Pid}"))];
                IEnumerable<string> said = ended.Lines.Where(line => !line.IsError).Select(line => line.Text);
                bool asExpected = expected is [] || said.SequenceEqual(expected);
                if (!asExpected) return [$"应当的输出是：{string.Join(" ⏎ ", expected)}"];
            }

            return [];
        }
        finally
        {
            // 成对的程序走到一半出错，名字会留下。
            foreach (string left in (string[])["/dev/shm" + name, $"/dev/shm/sem.{name[1..]}_sem"])
                if (File.Exists(left)) File.Delete(left);
        }
    }

    // 在终端上，等的时候有一行会动的字说在等什么；输出到管道或文件时没有，构建的进展由 Builder 逐行说。
    private static async Task<T> Waiting<T>(Func<string> what, Task<T> task)
    {
        if (task.IsCompleted || !AnsiConsole.Profile.Capabilities.Interactive) return await task;
        return await AnsiConsole.Status().StartAsync(what().EscapeMarkup(), async status =>
        {
            while (await Task.WhenAny(task, Task.Delay(100)) != task) status.Status = what().EscapeMarkup();
            return await task;
        });
    }

    private static void Title(Stop stop)
    {
        Write($"[bold]{stop.Number} {stop.Title.EscapeMarkup()}[/]");
        Write($"[dim]examples/{stop.Folder}，{stop.Source.EscapeMarkup()}[/]");
    }

    private void Show(Stop stop, string program, Line line)
    {
        int width = stop.Steps.Max(step => Suite.Program(step.Project).Length);
        string who = $"[blue]{program.PadRight(width)}[/] [dim]{line.Pid,7}[/]";
        string color = line.IsError ? "yellow" : "default";
        foreach (string part in Fold(line.Text, columns - width - 11))
        {
            Write($"{who} [grey]│[/] [{color}]{part.EscapeMarkup()}[/]");
            who = new string(' ', width + 8);
        }
    }

    private static IEnumerable<string> Fold(string text, int width)
    {
        int start = 0, used = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int cell = text[i].GetCellWidth();
            if (used + cell > width)
            {
                yield return text[start..i];
                (start, used) = (i, 0);
            }

            used += cell;
        }

        yield return text[start..];
    }

    private static string Pad(string text, int width) =>
        text + new string(' ', Math.Max(1, width - text.GetCellWidth()));

    private static void Write(string markup) => AnsiConsole.MarkupLine(markup);

    [GeneratedRegex("^[✓✗·] ")]
    private static partial Regex Observation();
}
