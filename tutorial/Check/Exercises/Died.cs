namespace Check.Exercises;

internal static class Died
{
    public const Signal SIGUSR1 = (Signal)10, SIGXCPU = (Signal)24;

    public static void Check(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Scenes([
            .. Trial.Whole("子进程正常结束，父进程读出值", sent => [$"{sent}"], 1, 0, -1, int.MinValue),
            .. new[] { 7, Random.Shared.Next(129, 144) }.Select<int, Action<Trial>>(code => own => MustTell(own.Run($"{value}", $"{code}"), $"退出码 {code}")),
            own => MustTell(own.Fail("子进程", "mmap", ENOMEM, $"{value}"), "退出码 "), own => Exchange.Paused(own, $"{value}"),
            own => { if (own.Fail("父进程", "waitpid", ECHILD, $"{value}", "7") is { } lost && (lost.Status == 0 || lost.Output.Contains("读到"))) throw new Rejected("waitpid 失败了，就不知道子进程是怎样结束的", lost.Describe()); },
            .. Exchange.Orders($"{value}", () => [$"{value}"]), .. Trial.Places((own, place) => Killed(own, place, (place % 3) switch { 0 => SIGKILL, 1 => SIGUSR1, _ => SIGXCPU }))]);
    }

    // 死之前，写好的值换成了另一个：打印了它，就是读了内存。
    private static bool Killed(Trial trial, int place, Signal signal)
    {
        (int value, int inMemory) = (Trial.Fresh(), Trial.Fresh());
        Show show = trial.Stage([$"{value}"], children: 1);
        if (show.Reach(1, place) is not { } stopped) return false;
        bool isWritten = show.Objects.Any(o => o.Holds(value));
        show.Objects.ForEach(o => o.Replace(value, inMemory));
        show.Kill(1, signal);
        show.InTurn();
        string name = $"SIG{sigabbrev_np(signal)}", errors = string.Concat(show.Lanes.Select((_, lane) => show.Printed(lane, errors: true)));
        if (show.Lanes[0] is { State: State.Exited, Why: "1" } && Tells(show.Output, errors, $"死于 {name}") && !(show.Output + errors).Contains($"{inMemory}")) return true;
        throw show.Refuse($"子进程{stopped}，死于 {name}：父进程打印「死于 {name}」，不打印值，退出码是 1", $"{(isWritten ? $"值已经写好（检查器换成了 {inMemory}），" : "")}{show.Said(0)}");
    }

    private static void MustTell(Ending? ending, string how)
    {
        if (ending != null && (WEXITSTATUS(ending.Status) != 1 || !Tells(ending.Output, ending.Error, how))) throw new Rejected($"子进程的退出码不是 0：父进程打印「{how}」，不打印值，退出码是 1", ending.Describe());
        ending?.LeaveNothing(); // 没有这个调用，是 null
    }

    private static bool Tells(string output, string error, string how) => (output + error).Contains(how) && !Regex.IsMatch(output + error, "读到 ?-?[0-9]");
}
