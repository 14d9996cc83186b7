using System.Collections;
using Posix;
using static Posix.Libc;

namespace Examples.Tour;

/// <summary>一个程序怎样结束。</summary>
/// <param name="Pid">它的进程编号。</param>
/// <param name="Complaint">null：退出码 0；否则是怎样结束的，或为什么启动不了。</param>
/// <param name="Lines">它和它的子进程说的各行，按次序。</param>
internal sealed record Ended(int Pid, string? Complaint, List<Line> Lines);

/// <summary>启动一个程序，听它和它的子进程说话，等它们全都结束。</summary>
/// <param name="family">认得自己启动的进程。</param>
/// <param name="temp">它们的临时目录。</param>
/// <param name="patience">这么多秒没有动静，算挂住。</param>
internal sealed unsafe class Performance(Family family, string temp, int patience)
{
    // 没有动静：既没有输出，一秒里用掉的 CPU 时间平均也不到百分之一。机器再忙，没有挂住的程序也分得到这一点。
    private const double Idle = 0.01;

    // 一直在用 CPU 却不结束，也是挂住。按 CPU 时间算，与机器忙不忙无关。
    private const double MostCpuSeconds = 600;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Moment = TimeSpan.FromMilliseconds(20);

    /// <summary>走完一个程序。</summary>
    /// <param name="executable">可执行文件。</param>
    /// <param name="arguments">参数。</param>
    /// <param name="hear">每听到一行调用一次。</param>
    /// <param name="cancelled">请它结束，等它结束，然后抛出 <see cref="OperationCanceledException"/>。</param>
    public Ended Run(string executable, string[] arguments, Action<Line> hear, CancellationToken cancelled)
    {
        using var listener = new Listener();
        var lines = new List<Line>();
        string program = Path.GetFileName(executable);
        Errno error = Spawn(out int pid, executable, arguments, listener);
        if (error != 0) return new(pid, $"{program} 启动不了：{strerrorname_np(error)} ({strerror(error)})。", lines);

        int status = 0;
        using CancellationTokenRegistration wake = cancelled.Register(listener.Wake);
        Task ended = Task.Run(() => waitpid(pid, out status, 0), CancellationToken.None)
            .ContinueWith(_ => listener.Wake(), TaskScheduler.Default);
        string? hung = null;
        int forced = family.Forced;
        double cpu = 0;
        for (int silent = 0; ;)
        {
            bool over = ended.IsCompleted && family.Alive() is [];
            List<Line> said = listener.Hear(over ? TimeSpan.Zero : ended.IsCompleted ? Moment : Second);
            lines.AddRange(said);
            said.ForEach(hear);
            if (over) break;
            if (cancelled.IsCancellationRequested || hung != null)
            {
                family.End();
                ended.Wait(CancellationToken.None);
                continue;
            }

            // 数的是次数，不是钟：自己被暂停（Ctrl+Z），或抢不到 CPU，就少数几次。
            silent = said.Count > 0 ? 0 : silent + 1;
            if (silent > 0 && silent % patience != 0) continue;
            double now = family.CpuSeconds();
            if (now > MostCpuSeconds) hung = $"用了 {MostCpuSeconds} 秒 CPU 时间还没有结束";
            else if (silent > 0 && Math.Abs(now - cpu) < Idle * patience) hung = $"{patience} 秒没有动静";
            cpu = now;
        }

        cancelled.ThrowIfCancellationRequested();
        foreach (Line line in listener.Rest())
        {
            lines.Add(line);
            hear(line);
        }

        string how = family.Forced == forced ? "已经请它结束" : "请它结束，它不肯，强行终止了，来不及清理";
        string? complaint = hung != null ? $"{program} {hung}，{how}。"
            : WIFSIGNALED(status) ? $"{program} 被信号 SIG{sigabbrev_np(WTERMSIG(status))} 终止。"
            : WEXITSTATUS(status) != 0 ? $"{program} 的退出码是 {WEXITSTATUS(status)}。" : null;
        return new(pid, complaint, lines);
    }

    private Errno Spawn(out int pid, string executable, string[] arguments, Listener listener)
    {
        IEnumerable<string> environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(entry => entry.Key is not "TMPDIR").Select(entry => $"{entry.Key}={entry.Value}");
        byte** argv = native_strings([executable, .. arguments]);
        byte** envp = native_strings([.. environment, $"TMPDIR={temp}", family.Mark]);
        using Microsoft.Win32.SafeHandles.SafeFileHandle nothing = File.OpenHandle("/dev/null");
        posix_spawn_file_actions_t actions;
        Must(posix_spawn_file_actions_init(&actions));
        try
        {
            Must(posix_spawn_file_actions_adddup2(&actions, (int)nothing.DangerousGetHandle(), 0));
            Must(posix_spawn_file_actions_adddup2(&actions, listener.Output, 1));
            Must(posix_spawn_file_actions_adddup2(&actions, listener.Error, 2));
            Must(posix_spawn_file_actions_addclosefrom_np(&actions, 3));
            return posix_spawn(out pid, executable, &actions, null, argv, envp);
        }
        finally
        {
            posix_spawn_file_actions_destroy(&actions);
            free_strings(argv);
            free_strings(envp);
        }
    }
}
