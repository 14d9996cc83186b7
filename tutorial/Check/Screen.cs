using Spectre.Console;

namespace Check;

/// <summary>给学生看的画面；不是终端的时候不折行、不着色。</summary>
internal static class Screen
{
    static Screen()
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 10_000;
    }

    /// <returns>解出来了是 0，否则 1。</returns>
    public static int Run(Exercise exercise, Workspace work) => Show(exercise, work.Check(exercise), work, hint: true) ? 0 : 1;

    public static int First(Workspace work) => FirstUnsolved(work, 0, hint: true) == null ? 0 : 1;

    /// <summary>从第 <paramref name="from"/> 个起检查，画出进度，和第一个没解出来的。</summary>
    /// <returns>没解出来的；都解出来了是 null。</returns>
    public static Exercise? FirstUnsolved(Workspace work, int from, bool hint = false)
    {
        for (int i = from; i < Exercise.All.Length; i++)
        {
            Exercise exercise = Exercise.All[i];
            Busy($"正在检查 {exercise.Number} {exercise.Title} ……");
            Verdict verdict = work.Check(exercise);
            Busy("");
            if (verdict.Solved) continue;
            Progress(i);
            Show(exercise, verdict, work, hint);
            return exercise;
        }

        Progress(Exercise.All.Length);
        AnsiConsole.MarkupLine("[green bold]全部解出来了。[/]对照 tutorial/solutions 看看有什么不同。");
        return null;
    }

    /// <summary>一个练习的判定。</summary>
    /// <param name="hint">没解出来，就说怎样要提示。</param>
    /// <returns>解出来了。</returns>
    public static bool Show(Exercise exercise, Verdict verdict, Workspace work, bool hint = false)
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
        if (hint) AnsiConsole.MarkupLine($"  [dim]提示：{work.Command($"hint {exercise.Number}").EscapeMarkup()}[/]");
        return false;
    }

    /// <summary>全部练习，不检查。</summary>
    /// <param name="solved">已经知道解出来了的，是头几个。</param>
    public static int List(Workspace work, int solved = 0)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("编号", "题目", "文件", "看哪里");
        foreach ((int i, Exercise exercise) in Exercise.All.Index())
        {
            string[] cells = [(i < solved ? "✓ " : "") + exercise.Number, exercise.Title, Trial.ShownPath(work.Mine(exercise)), exercise.Chapter];
            table.AddRow([.. cells.Select(cell => cell.EscapeMarkup())]);
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

    /// <summary>恢复成发下来的样子，说一句。</summary>
    public static int Reset(Exercise exercise, Workspace work)
    {
        work.Reset(exercise);
        AnsiConsole.MarkupLine($"{Trial.ShownPath(work.Mine(exercise)).EscapeMarkup()} 恢复成了发下来的样子。");
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
