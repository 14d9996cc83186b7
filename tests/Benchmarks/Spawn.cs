using System.Collections;
using System.Diagnostics;
using Posix;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>启动一个程序，等它结束，看用了多少时间。不用 Process：它自己要用的时间比 C 程序的一生还长。</summary>
internal static unsafe class Spawn
{
    /// <summary>依次运行几个程序，前一个结束才启动后一个；都必须以 0 退出。</summary>
    /// <param name="commands">程序和参数；输出不要。</param>
    /// <returns>毫秒。</returns>
    public static double Milliseconds(params string[][] commands)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (string[] command in commands) Run(command);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Run(string[] command)
    {
        byte** argv = native_strings(command);
        byte** envp = native_strings([.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => $"{e.Key}={e.Value}")]);
        int devNull = open("/dev/null", O_WRONLY | O_CLOEXEC);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, devNull, 1);
        posix_spawn_file_actions_adddup2(&actions, devNull, 2);
        Errno error = posix_spawn(out int pid, command[0], &actions, null, argv, envp);
        posix_spawn_file_actions_destroy(&actions);
        close(devNull);
        free_strings(argv);
        free_strings(envp);
        if (error != 0) throw new InvalidOperationException($"posix_spawn(\"{command[0]}\"): {strerrorname_np(error)}");
        if (waitpid(pid, out int status, 0) == -1 || status != 0) throw new InvalidOperationException($"{string.Join(' ', command)} 没有做完（状态 {status}）。");
    }
}
