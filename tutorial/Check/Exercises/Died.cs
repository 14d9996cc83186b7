using Posix;
using static Posix.Libc;

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
            bool isSaid = (ending.Output + ending.Error).Contains($"退出码 {code}"), isRead = ending.Output.Contains("读到", StringComparison.Ordinal);
            if (WEXITSTATUS(ending.Status) != 1 || !isSaid || isRead) throw new Rejected($"子进程的退出码是 {code}：父进程打印「退出码 {code}」，不打印值，退出码是 1", ending.Describe());
            ending.LeaveNothing();
        }

        for (int steps = 0; steps <= 3; steps++) Killed(trial, steps, steps % 2 == 0 ? SIGKILL : SIGUSR1);
    }

    private static void Killed(Trial trial, int steps, Signal signal)
    {
        using Show show = trial.Stage([$"{Trial.Fresh()}"], children: 1);
        for (int i = 0; i < steps; i++) show.Step(1);
        if (show.HasEnded(1)) return;
        show.Kill(1, signal);
        show.InTurn();
        string name = $"SIG{sigabbrev_np(signal)}", expected = $"子进程走了 {steps} 步，死于 {name}：父进程打印「死于 {name}」，不打印值，退出码是 1";
        bool isSaid = (show.Output + show.Printed(0, errors: true)).Contains($"死于 {name}"), isRead = show.Output.Contains("读到", StringComparison.Ordinal);
        if (show.Lanes[0] is not { State: State.Exited, Why: "1" } || !isSaid || isRead) throw show.Refuse(expected, show.Said(0));
    }
}
