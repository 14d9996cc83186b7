namespace Check.Exercises;

/// <summary>18：子进程是怎样结束的。</summary>
internal static class Died
{
    private const Signal SIGUSR1 = (Signal)10;

    public static void Check(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Run($"{value}").Must($"子进程正常结束，父进程读出 {value}", value);
        foreach (int code in new[] { 7, Random.Shared.Next(20, 120) })
        {
            // 说在标准输出还是标准错误，都行；errx 写的是标准错误。
            Ending ending = trial.Run($"{value}", $"{code}");
            bool isGood = WEXITSTATUS(ending.Status) == 1 && Tells(ending.Output, ending.Error, $"退出码 {code}");
            if (!isGood) throw new Rejected($"子进程的退出码是 {code}：父进程打印「退出码 {code}」，不打印值，退出码是 1", ending.Describe());
            ending.LeaveNothing();
        }

        for (int steps = 0; steps <= 3; steps++) Killed(trial, steps, steps % 2 == 0 ? SIGKILL : SIGUSR1);
    }

    private static void Killed(Trial trial, int steps, Signal signal)
    {
        Show show = trial.Stage([$"{Trial.Fresh()}"], children: 1);
        show.Step(1, steps);
        if (show.HasEnded(1)) return;
        show.Kill(1, signal);
        show.InTurn();
        string name = $"SIG{sigabbrev_np(signal)}";
        bool isGood = show.Lanes[0] is { State: State.Exited, Why: "1" } && Tells(show.Output, show.Printed(0, errors: true), $"死于 {name}");
        if (!isGood) throw show.Refuse($"子进程走了 {steps} 步，死于 {name}：父进程打印「死于 {name}」，不打印值，退出码是 1", show.Said(0));
    }

    private static bool Tells(string output, string error, string how) => (output + error).Contains(how) && !output.Contains("读到");
}
