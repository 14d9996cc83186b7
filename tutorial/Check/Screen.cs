using Spectre.Console;

namespace Check;

/// <summary>给学生看的画面；不是终端的时候不折行、不着色。</summary>
internal static class Screen
{
    static Screen()
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 10_000;
    }

    /// <summary>按次序检查，停在第一个没解出来的。</summary>
    public static int First(Workspace work) => FirstUnsolved(work, 0) is ({ } first, { } verdict) && !ShowWithHint(first, verdict, work) ? 1 : 0;

    /// <summary>一个练习的判定；没解出来就说怎样要提示。</summary>
    public static bool ShowWithHint(Exercise exercise, Verdict verdict, Workspace work)
    {
        if (Show(exercise, verdict, work)) return true;
        AnsiConsole.MarkupLine($"  [dim]提示：{work.Command($"hint {exercise.Number}").EscapeMarkup()}[/]");
        return false;
    }

    /// <summary>从第 <paramref name="from"/> 个起检查，找第一个没解出来的，画出进度。</summary>
    public static (Exercise? Exercise, Verdict? Verdict) FirstUnsolved(Workspace work, int from)
    {
        for (int i = from; i < Exercise.All.Length; i++)
        {
            Busy($"正在检查 {Exercise.All[i].Number} {Exercise.All[i].Title} ……");
            Verdict verdict = work.Check(Exercise.All[i]);
            Busy("");
            if (verdict.Solved) continue;
            Progress(i);
            return (Exercise.All[i], verdict);
        }

        Progress(Exercise.All.Length);
        AnsiConsole.MarkupLine("[green bold]全部解出来了。[/]对照 tutorial/solutions 看看有什么不同。");
        return (null, null);
    }

    /// <summary>一个练习的判定。</summary>
    /// <returns>解出来了。</returns>
    public static bool Show(Exercise exercise, Verdict verdict, Workspace work)
    {
        string title = $"{exercise.Number} {exercise.Title}".EscapeMarkup(), seen = verdict.Seen.EscapeMarkup();
        if (verdict.Solved)
        {
            AnsiConsole.MarkupLine($"[green]✓[/] {title}：解出来了（{verdict.Seconds:0.0} 秒）{(seen == "" ? "" : $"。没有看的：{seen}")}");
            return true;
        }

        AnsiConsole.MarkupLine($"[red]✗[/] [bold]{title}[/]  {Trial.ShownPath(work.Mine(exercise)).EscapeMarkup()}");
        AnsiConsole.MarkupLine(verdict.Result == Result.CompileError ? $"  编译不过：\n  {seen.Replace("\n", "\n  ")}" : $"  预期  {verdict.Expected.EscapeMarkup()}\n  看到  {seen}");
        AnsiConsole.MarkupLine($"  看哪里  {exercise.Chapter.EscapeMarkup()}");
        return false;
    }

    /// <summary>全部练习，不检查。</summary>
    /// <param name="solved">已经知道解出来了的，是头几个。</param>
    public static int List(Workspace work, int solved = 0)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("编号", "题目", "文件", "看哪里");
        foreach ((int i, Exercise exercise) in Exercise.All.Index())
        {
            table.AddRow((i < solved ? "✓ " : "") + exercise.Number, exercise.Title.EscapeMarkup(), Trial.ShownPath(work.Mine(exercise)).EscapeMarkup(), exercise.Chapter.EscapeMarkup());
        }

        AnsiConsole.Write(table);
        return 0;
    }

    /// <summary>第几步提示，从 1 起；<paramref name="more"/> 说怎样看下一步。</summary>
    public static int Hint(Exercise exercise, int step, string more)
    {
        AnsiConsole.MarkupLine($"[bold]{exercise.Number} {exercise.Title.EscapeMarkup()}[/]，提示 {step}/{exercise.Hints.Length}：{exercise.Hints[step - 1].EscapeMarkup()}");
        if (step < exercise.Hints.Length) AnsiConsole.MarkupLine($"[dim]还不够：{more.EscapeMarkup()}[/]");
        return 0;
    }

    private static void Progress(int solved)
    {
        int total = Exercise.All.Length;
        AnsiConsole.MarkupLine($"[green]{new string('█', solved * 2)}[/][dim]{new string('░', (total - solved) * 2)}[/] {solved}/{total}");
    }

    // 只在终端上，而且写在同一行；重定向到文件时没有这些。
    private static void Busy(string text)
    {
        if (!Console.IsOutputRedirected) Console.Write($"\r\e[2K{text}");
    }
}
