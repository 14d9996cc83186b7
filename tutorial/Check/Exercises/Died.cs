using Engine;
using Posix;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>18：子进程是怎样结束的。</summary>
internal static class Died
{
    public static Exercise Exercise => new("18-died", "子进程是怎样结束的", "tutorial/05-anonymous-mapping.md，示例 examples/05-AnonymousMapping",
    [
        "waitpid 给的 status 不是退出码：退出码 7 的时候它是 1792，死于 SIGKILL 的时候它是 9。用哪几个函数拆开？",
        "先 WIFSIGNALED，再 WTERMSIG；sigabbrev_np 给出信号的名字，不含 SIG。没有正常结束，就不打印值。",
    ], Check);

    private const Signal SIGUSR1 = (Signal)10;

    private static void Check(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Run($"{value}").Must($"子进程正常结束，父进程读出 {value}", value);
        foreach (int code in new[] { 7, Random.Shared.Next(20, 120) })
        {
            Ending ending = trial.Run($"{value}", $"{code}");
            if (ending.Status == 0 || !ending.Output.Contains($"退出码 {code}") || ending.Output.Contains("读到", StringComparison.Ordinal)) throw new Rejected($"子进程的退出码是 {code}：父进程打印「退出码 {code}」，不打印值，退出码是 1", ending.Describe());
            ending.LeaveNothing();
        }

        for (int steps = 0; steps <= 3; steps++) Killed(trial, steps, steps % 2 == 0 ? SIGKILL : SIGUSR1);
    }

    private static void Killed(Trial trial, int steps, Signal signal)
    {
        int value = Trial.Fresh();
        using Show show = trial.Stage($"{value}");
        show.UntilChildren(1, "启动子进程");
        show.Far(0);
        for (int i = 0; i < steps; i++) show.Step(1);
        if (show.HasEnded(1)) return;
        if (signal == SIGKILL) show.Kill(1);
        else kill(show.Peer(1).Pid, signal);
        show.Again();
        show.InTurn();
        string name = $"SIG{sigabbrev_np(signal)}", expected = $"子进程走了 {steps} 步，死于 {name}：父进程打印「死于 {name}」，不打印值，退出码是 1";
        if (show.Now.Lanes[0] is not { State: State.Exited, Why: not "0" } || !show.PrintedByAll.Contains($"死于 {name}") || show.PrintedByAll.Contains("读到", StringComparison.Ordinal)) throw show.Refuse(expected, show.Said(0));
    }
}
