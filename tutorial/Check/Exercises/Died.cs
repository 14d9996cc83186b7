namespace Check.Exercises;

/// <summary>18：子进程是怎样结束的。</summary>
internal static class Died
{
    private const Signal SIGUSR1 = (Signal)10, SIGXCPU = (Signal)24;

    public static void Check(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Scenes([
            .. Trial.Whole("子进程正常结束，父进程读出值", sent => [$"{sent}"], value, 1),
            .. new[] { 7, Random.Shared.Next(129, 144) }.Select<int, Action<Trial>>(code => own => MustTell(own.Run($"{value}", $"{code}"), $"退出码 {code}")),
            own => MustTell(own.Fail("mmap", ENOMEM, child: true, $"{value}"), "退出码 "), own => Exchange.Paused(own, $"{value}"), own => Killed(own, 0, SIGKILL, written: true),
            own => { if (own.Fail("waitpid", ECHILD, child: false, $"{value}", "7") is { } lost && (lost.Status == 0 || lost.Output.Contains("读到"))) throw new Rejected("waitpid 失败了，就不知道子进程是怎样结束的", lost.Describe()); },
            .. Trial.Places((own, place) => Killed(own, place, (place % 3) switch { 0 => SIGKILL, 1 => SIGUSR1, _ => SIGXCPU }, written: false))]);
    }

    // written：都写好了，还没有结束就死了；写好是什么样子，先看它正常结束的一次。内存里的值与参数不同，所以打印了它就是读了内存。
    private static bool Killed(Trial trial, int place, Signal signal, bool written)
    {
        (int value, int inMemory) = (Trial.Fresh(), Trial.Fresh());
        Show show = trial.Stage([$"{value}"], children: 1);
        if (written) show.Far(1);
        byte[][] whole = [.. show.Objects.Select(o => o.Bytes)];
        if (written) show = trial.Stage([$"{value}"], children: 1);
        if (show.Reach(1, place) is not { } stopped) return false;
        if (written) Array.ForEach([.. show.Objects.Zip(whole)], both => { both.First.Write(0, both.Second); both.First.Replace(value, inMemory); });
        show.Kill(1, signal);
        show.InTurn();
        string name = $"SIG{sigabbrev_np(signal)}", errors = string.Concat(show.Lanes.Select((_, lane) => show.Printed(lane, errors: true)));
        bool isGood = show.Lanes[0] is { State: State.Exited, Why: "1" } && Tells(show.Output, errors, $"死于 {name}") && !(show.Output + errors).Contains($"{inMemory}");
        string expected = $"子进程{stopped}，{(written ? "值已经在内存里（检查器替它写的），" : "")}死于 {name}：父进程打印「死于 {name}」，不打印值，退出码是 1";
        return isGood ? true : throw (written ? new Rejected(expected, show.Said(0)) : show.Refuse(expected, show.Said(0)));
    }

    private static void MustTell(Ending? ending, string how)
    {
        if (ending != null && (WEXITSTATUS(ending.Status) != 1 || !Tells(ending.Output, ending.Error, how))) throw new Rejected($"子进程的退出码不是 0：父进程打印「{how}」，不打印值，退出码是 1", ending.Describe());
        ending?.LeaveNothing(); // 没有这个调用，是 null
    }

    private static bool Tells(string output, string error, string how) => (output + error).Contains(how) && !Regex.IsMatch(output, "读到 ?-?[0-9]");
}
