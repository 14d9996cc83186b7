namespace Check.Exercises;

/// <summary>20：只给行为，从头写。</summary>
internal static class Mailbox
{
    public static Exercise Exercise => new("20-mailbox", "从空文件开始", "tutorial/10-shm-semaphore.md、16-dotnet-way.md、18-overlap.md",
    [
        "先写最简单的：send 创建、写入，receive 读出、删掉。哪一步走到一半，另一方来了会看到什么？",
        "要么先在别处写好，再一步变成大家看得到的（link、File.Move 不覆盖）；要么写好才 post，接收方先试着 sem_trywait。",
    ], Check);

    private static void Check(Trial trial)
    {
        (string name, string first, string second) = (Trial.KeptName("", "_sem", "_lock"), Text(), Text());
        const string Nothing = "没有可取的，receive 写一行错误，退出码 1";
        Ending ending = trial.Run("receive", name);
        if (ending.Status == 0 || ending.Error.Trim() == "") throw new Rejected(Nothing, $"还没有人 send 过，{ending.Describe()}");

        Keeping(trial, "send", name, first).Must("send 留下文字就结束");
        ending = Keeping(trial, "send", name, second);
        if (ending.Status == 0) throw new Rejected("上一条还没有取走，send 写一行错误，退出码 1", ending.Describe());
        ending = Keeping(trial, "receive", name);
        if (ending.Status != 0 || !ending.Output.Contains($"收到：{first}")) throw new Rejected($"send「{first}」之后又 send「{second}」（应当不成），receive 打印「收到：{first}」", ending.Describe());
        if (Directory.GetFileSystemEntries("/dev/shm").FirstOrDefault(entry => entry.Contains(name[1..], StringComparison.Ordinal)) is { } left) throw new Rejected(Result.LeftBehind, "取走之后什么也不留", $"留下了 {left}");
        ending = Keeping(trial, "receive", name);
        if (ending.Status == 0) throw new Rejected(Nothing, $"唯一的一条已经取走了，{ending.Describe()}");

        for (int steps = 1; Halfway(trial, steps); steps++) { }
    }

    // send 走了几步，receive 来了，走到不能再走；之后 send 走完，再 receive 一次：两次里恰好一次收到，而且是完整的。
    private static bool Halfway(Trial trial, int steps)
    {
        (string name, string text) = (Trial.KeptName(), Text());
        string expected = "send 走到一半，receive 来了：要么收到完整的，要么说没有；收不到的，等 send 走完还收得到";
        using Show send = trial.StageWithin("send", name, text);
        for (int i = 0; i < steps; i++) send.Step(0);
        if (send.HasEnded(0)) return false;
        string seen = "";
        int received = 0;
        Receive($"send 走了 {steps} 步");
        send.Far(0);
        send.InTurn();
        Receive("send 走完");
        if (received != 1) throw new Rejected(expected, $"{seen}：收到了 {received} 次");
        return steps < 12;

        void Receive(string when)
        {
            Ending receive = trial.RunBeside("receive", name);
            seen += $"{(seen == "" ? "" : "；")}{when}，receive {receive.Describe()}";
            if (!receive.Output.Contains("收到", StringComparison.Ordinal)) return;
            if (!receive.Output.Contains($"收到：{text}", StringComparison.Ordinal)) throw new Rejected(expected, seen);
            received++;
        }
    }

    // 留着名字是应当的：不算留下东西。
    private static Ending Keeping(Trial trial, params string[] args) => trial.Run(args) is { Orphans: 0 } ending ? ending with { Left = [] } : throw new Rejected("自己结束，不留下进程", "留下了没有等待的子进程");

    private static string Text() => string.Concat(Enumerable.Range(0, 30).Select(_ => (char)('a' + Random.Shared.Next(26))));
}
