using System.Globalization;
using System.Text.RegularExpressions;
using static Posix.Libc;

namespace Check;

/// <summary>一次运行的结局。</summary>
/// <param name="Status">waitpid 的状态。</param>
/// <param name="Left">留下的名字和文件，已经替它删掉。</param>
/// <param name="Orphans">最先的进程结束时，还没有被等待的子进程的个数，已经替它结束。</param>
internal sealed record Ending(int Status, string Output, string Error, string[] Left, int Orphans)
{
    /// <summary>怎样结束的，说了什么。</summary>
    public string Describe() => string.Join('；', new[] { How(), Said("打印了", Output, 6), Said("标准错误", Error, 3), Rest() }.Where(part => part != ""));

    /// <summary>打印了这个整数；别的数里含有它的数字不算。</summary>
    public bool Printed(int value) => Regex.IsMatch(Output, string.Create(CultureInfo.InvariantCulture, $@"(?<!\d){value}(?!\d)"));

    /// <summary>正常结束，打印了这个值，什么也没留下；否则不通过。</summary>
    /// <param name="value">必须打印的值；null 是不看。</param>
    public void Must(string expected, int? value = null)
    {
        if (Status != 0 || (value != null && !Printed(value.Value))) throw new Rejected(expected, Describe());
        LeaveNothing();
    }

    /// <summary>什么也没留下；否则不通过。</summary>
    public void LeaveNothing()
    {
        if (Left.Length > 0) throw new Rejected("结束之后什么也不留", $"忘了 unlink，留下了：{string.Join('、', Left)}（检查器已经删掉）", Result.LeftBehind);
        if (Orphans > 0) throw new Rejected("子进程都等到了再结束", $"父进程结束的时候，还有 {Orphans} 个子进程没有被等待（检查器已经结束它们）", Result.LeftBehind);
    }

    // 已经不对了，留下了什么也一并说。
    private string Rest() => string.Join('；', new[]
    {
        Left.Length > 0 ? $"还留下了：{string.Join('、', Left)}（检查器已经删掉）" : "",
        Orphans > 0 ? $"还有 {Orphans} 个子进程没有被等待（检查器已经结束它们）" : "",
    }.Where(part => part != ""));

    private string How() =>
        WIFSIGNALED(Status) ? $"死于信号 SIG{sigabbrev_np(WTERMSIG(Status))}"
        : WEXITSTATUS(Status) > 128 ? $"退出码 {WEXITSTATUS(Status)}（死于信号 SIG{sigabbrev_np((Posix.Signal)(WEXITSTATUS(Status) - 128))}）"
        : $"退出码 {WEXITSTATUS(Status)}";

    /// <summary>看不见的字符写得看得见，太长就截断。</summary>
    public static string Clean(string text)
    {
        string one = string.Join(" ⏎ ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        string shown = string.Concat(one.Select(c => c == '\0' ? "\\0" : char.IsControl(c) ? "·" : c.ToString()));
        return shown.Length > 200 ? shown[..200] + "…" : shown;
    }

    private static string Said(string label, string text, int most)
    {
        // 崩溃的时候，.NET 在第一行说原因，后面的调用栈没有行号。
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (Array.FindIndex(lines, line => line.StartsWith("Fatal error", StringComparison.Ordinal)) is >= 0 and var at) return $"{label}「{Clean(string.Join(' ', lines.Skip(at).TakeWhile(line => !line.StartsWith("at ", StringComparison.Ordinal)).Take(2)))}」{(text.Contains("AccessViolation", StringComparison.Ordinal) ? "（访问了这段映射不允许的内存，或者没有映射的地址；try/catch 接不住）" : "")}";
        if (lines.Length == 0) return label == "打印了" ? "什么也没打印" : "";
        return $"{label}「{Clean(string.Join('\n', lines.Take(most)))}{(lines.Length > most ? " ……" : "")}」";
    }
}
