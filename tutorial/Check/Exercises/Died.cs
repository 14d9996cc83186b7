namespace Check.Exercises;

/// <summary>18：子进程是怎样结束的。</summary>
internal static class Died
{
    private const Signal SIGUSR1 = (Signal)10, SIGXCPU = (Signal)24;

    public static void Check(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Run($"{value}").Must($"子进程正常结束，父进程读出 {value}", value);
        trial.Scenes([
            .. new[] { 7, Random.Shared.Next(129, 144) }.Select<int, Action<Trial>>(code => own => MustTell(own.Run($"{value}", $"{code}"), code)),
            own => MustTell(own.Fail("mmap", ENOMEM, child: true, $"{value}"), 1, "检查器让子进程的 mmap 失败了一次，"),
            own => own.Stage([$"{value}"], children: 1).MustBePatient(0), own => Killed(own, 0, SIGKILL, written: true),
            .. Trial.Places((own, place) => Killed(own, place, (place % 3) switch { 0 => SIGKILL, 1 => SIGUSR1, _ => SIGXCPU }, written: false))]);
    }

    private static bool Killed(Trial trial, int place, Signal signal, bool written)
    {
        int value = Trial.Fresh();
        Show show = trial.Stage([$"{value}"], children: 1);
        if (show.Reach(1, place) is not { } stopped) return false;
        if (written) show.Objects.ForEach(o => o.Write(0, MemoryMarshal.AsBytes<int>(Enumerable.Repeat(value, o.Ints.Length).ToArray())));
        show.Kill(1, signal);
        show.InTurn();
        string name = $"SIG{sigabbrev_np(signal)}";
        bool isGood = show.Lanes[0] is { State: State.Exited, Why: "1" } && Tells(show.Output, show.Printed(0, errors: true), $"死于 {name}");
        string expected = $"子进程{stopped}，{(written ? "值已经在内存里（检查器替它写的），" : "")}死于 {name}：父进程打印「死于 {name}」，不打印值，退出码是 1";
        return isGood ? true : throw (written ? new Rejected(expected, show.Said(0)) : show.Refuse(expected, show.Said(0)));
    }

    private static void MustTell(Ending? ending, int code, string why = "")
    {
        if (ending != null && (WEXITSTATUS(ending.Status) != 1 || !Tells(ending.Output, ending.Error, $"退出码 {code}"))) throw new Rejected($"{why}子进程的退出码是 {code}：父进程打印「退出码 {code}」，不打印值，退出码是 1", ending.Describe());
        ending?.LeaveNothing(); // 没有这个调用，是 null
    }

    // 说在标准输出还是标准错误，都行；errx 写的是标准错误。
    private static bool Tells(string output, string error, string how) => (output + error).Contains(how) && !output.Contains("读到");
}
