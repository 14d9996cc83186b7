using Spectre.Console;

namespace Check;

/// <summary>给学生看的画面；不是终端的时候不着色。长行由终端自己折：折成两行的命令，复制下来不能用。</summary>
internal static class Screen
{
    static Screen() => AnsiConsole.Profile.Width = 10_000;

    /// <summary>从第 <paramref name="from"/> 个起检查，到第一个没解出来的，画出进度。</summary>
    public static int FirstUnsolved(Workspace work, int from)
    {
        int solved = from, total = Exercise.All.Length;
        while (solved < total && Run(Exercise.All[solved], work)) solved++;
        AnsiConsole.MarkupLine($"[green]{new string('█', solved * 2)}[/][dim]{new string('░', (total - solved) * 2)}[/] {solved}/{total}");
        if (solved == total) AnsiConsole.MarkupLine("[green bold]全部解出来了。[/]对照 tutorial/solutions 看看有什么不同。");
        return solved;
    }

    public static bool Run(Exercise exercise, Workspace work)
    {
        string title = $"{exercise.Number} {exercise.Title}".EscapeMarkup();
        if (!Console.IsOutputRedirected) Console.Write($"正在检查 {exercise.Number} {exercise.Title} ……");
        Verdict verdict = Trial.Of(exercise, work.Mine(exercise));
        if (!Console.IsOutputRedirected) Console.Write("\r\e[2K");
        string seen = verdict.Seen.EscapeMarkup();
        if (verdict.Result == Result.Solved)
        {
            AnsiConsole.MarkupLine($"[green]✓[/] {title}：解出来了（{verdict.Seconds:0.0} 秒）{(seen == "" ? "" : $"。没有看的：{seen}")}\n  [dim]为什么：tutorial/solutions/{Path.GetFileName(Workspace.Given(exercise)).EscapeMarkup()}[/]");
            return true;
        }

        AnsiConsole.MarkupLine($"[red]✗[/] [bold]{title}[/]  {Trial.ShownPath(work.Mine(exercise)).EscapeMarkup()}");
        AnsiConsole.MarkupLine(verdict.Result == Result.CompileError ? $"  编译不过：\n  {seen.Replace("\n", "\n  ")}" : $"  预期  {verdict.Expected.EscapeMarkup()}\n  看到  {seen}");
        AnsiConsole.MarkupLine($"  看哪里  {exercise.Chapter.EscapeMarkup()}\n  [dim]提示：{work.Command($"hint {exercise.Number}").EscapeMarkup()}[/]");
        return false;
    }

    public static int List(Workspace work, int solved = 0)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("编号", "题目", "文件", "看哪里");
        if (!Console.IsOutputRedirected) table.Width(Console.WindowWidth);
        foreach ((int i, Exercise exercise) in Exercise.All.Index()) table.AddRow((i < solved ? "✓ " : "") + exercise.Number, exercise.Title.EscapeMarkup(), Trial.ShownPath(work.Mine(exercise)).EscapeMarkup(), exercise.Chapter.EscapeMarkup());
        AnsiConsole.Write(table);
        return 0;
    }

    public static int Hint(Exercise exercise, int step, string more)
    {
        AnsiConsole.MarkupLine($"[bold]{exercise.Number} {exercise.Title.EscapeMarkup()}[/]，提示 {step}/{exercise.Hints.Length}：{exercise.Hints[step - 1].EscapeMarkup()}");
        if (step < exercise.Hints.Length) AnsiConsole.MarkupLine($"[dim]还不够：{more.EscapeMarkup()}[/]");
        return 0;
    }

    public static int Reset(Exercise exercise, Workspace work)
    {
        work.Reset(exercise);
        AnsiConsole.MarkupLine($"{Trial.ShownPath(work.Mine(exercise)).EscapeMarkup()} 恢复成了发下来的样子。");
        return 0;
    }
}
