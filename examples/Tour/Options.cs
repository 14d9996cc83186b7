using System.Globalization;

namespace Examples.Tour;

/// <summary>命令行。</summary>
/// <param name="Stops">要走的各站。</param>
/// <param name="Brief">默认的样子：文章的三组程序逐行显示，其余各一行。</param>
/// <param name="Step">每站之后等 Enter。</param>
/// <param name="List">只列出。</param>
/// <param name="Quiz">先问再运行。</param>
/// <param name="Patience">多少秒没有动静算挂住。</param>
internal sealed record Options(Stop[] Stops, bool Brief, bool Step, bool List, bool Quiz, int Patience)
{
    private const string Usage = "用法：Tour [--all] [--step] [--quiz] [--list] [--patience 秒] [小节号或名字]…";
    private const string More = "--list 列出全部；--quiz 先猜再看；--patience 是多少秒没有动静算挂住，默认 60";

    /// <summary>读命令行。</summary>
    /// <param name="args">各个参数。</param>
    /// <param name="complaint">用法那一行；用法不对时还说哪里不对。</param>
    /// <returns>用法不对，或要看用法时为 null。</returns>
    public static Options? Parse(string[] args, out string complaint)
    {
        int at = Array.IndexOf(args, "--patience");
        string? number = at < 0 ? "60" : args.ElementAtOrDefault(at + 1);
        bool valid = int.TryParse(number, CultureInfo.InvariantCulture, out int patience) && patience > 0;
        string[] rest = at < 0 ? args : [.. args[..at], .. args.Skip(at + 2)];
        string[] names = [.. rest.Except(["--all", "--step", "--list", "--quiz"])];
        string? unknown = names.FirstOrDefault(name => Catalog.Find(name) is []);
        complaint = $"{Usage}（{(unknown is null or "-h" or "--help" ? "" : $"没有叫 {unknown} 的示例，")}{More}）";
        if (!valid || unknown != null) return null;

        bool step = rest.Contains("--step"), brief = names is [] && !step && !rest.Contains("--all");
        Stop[] stops = names is [] ? Catalog.Stops : [.. names.SelectMany(Catalog.Find).Distinct()];
        bool quiz = rest.Contains("--quiz");
        if (quiz) stops = Tour.Quiz.Stops(stops);
        if (stops is []) complaint = $"{Usage}（{string.Join(' ', names)} 没有题目，{More}）";
        if (stops is []) return null;
        return new(stops, brief, step, rest.Contains("--list"), quiz, patience);
    }
}
