namespace Check;

/// <param name="Left">留下的名字和文件，已经替它删掉。</param>
/// <param name="Orphans">最先的进程结束时，还没有被等待的子进程的个数，已经替它结束。</param>
/// <param name="Why">检查器让哪个调用失败了一次；没有是空的。</param>
internal sealed record Ending(int Status, string Output, string Error, string[] Left, int Orphans, string Why = "")
{
    public const string Crashed = "（访问了映射不允许的内存、没有映射的地址，或者内核分不出内存，例如 /dev/shm 满了；.NET 报成 SIGABRT，try/catch 接不住）";

    private string Rest => string.Join('；', new[] { Orphans > 0 ? $"结束的时候，还有 {Orphans} 个子进程没有被等待（检查器已经结束它们）" : "", Left.Length > 0 ? $"留下了：{string.Join('、', Left)}（检查器已经删掉）" : "" }.Where(part => part != ""));
    public string Describe() => Why + string.Join('；', new[] { How(), Said("打印了", Output, 6), Said("标准错误", Error, 3), Rest }.Where(part => part != ""));
    /// <summary>打印了这个整数，或这段文字；别的数里含有它的数字不算。</summary>
    public bool Printed(object value) => Regex.IsMatch(Output, $@"(?<!\d){Regex.Escape($"{value}")}(?!\d)");
    public void Must(string expected, object value) => Must(expected, Printed(value));
    public void Must(string expected, Func<Ending, bool> isGood) => Must(expected, isGood(this));
    public void Must(string expected, bool good, string also = "")
    {
        if (Status != 0 || !good) throw new Rejected(expected, Describe() + also);
        LeaveNothing();
    }

    public void LeaveNothing()
    {
        // 没有等的子进程跑到了哪里，要看机器忙不忙：这就是错，不论它还留下了什么。
        if (Orphans > 0) throw new Rejected("子进程都等到了再结束", Describe());
        if (Left.Length > 0) throw new Rejected("结束之后什么也不留", $"{Why}忘了 unlink，{Rest}", Result.LeftBehind);
    }

    /// <summary>看不见的字符写得看得见，太长就截断。</summary>
    public static string Clean(string text)
    {
        string shown = string.Concat((text is [.. var all, '\n'] ? all : text).Select(c => c switch { '\n' => " ⏎ ", '\0' => "\\0", _ when char.IsControl(c) => "·", _ => $"{c}" }));
        return shown.Length > 200 ? $"{shown[..200]}…（共 {text.Length} 个字）" : shown;
    }

    private string How() =>
        WIFSIGNALED(Status) ? $"死于信号 SIG{sigabbrev_np(WTERMSIG(Status))}"
        : WEXITSTATUS(Status) > 128 ? $"退出码 {WEXITSTATUS(Status)}（死于信号 SIG{sigabbrev_np((Posix.Signal)(WEXITSTATUS(Status) - 128))}）"
        : $"退出码 {WEXITSTATUS(Status)}";

    private static string Said(string label, string text, int most)
    {
        // 崩溃的时候，.NET 在一两行里说原因，后面的调用栈没有行号。
        string[] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).SkipWhile(line => text.Contains("Fatal error") && !line.StartsWith("Fatal error", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("at ", StringComparison.Ordinal))];
        if (lines.Length == 0) return label == "打印了" ? "什么也没打印" : "";
        string shown = $"{label}「{Clean(string.Join('\n', lines.Take(most)))}{(lines.Length > most ? " ……" : "")}」";
        return text.Contains("AccessViolation") ? shown + Crashed : shown;
    }
}
