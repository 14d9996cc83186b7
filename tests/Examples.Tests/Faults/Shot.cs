using CliWrap;
using Examples.Tests.Support;
using Posix;

namespace Examples.Tests.Faults;

/// <summary>启动一个程序，在随机的时刻用 SIGKILL 杀掉它。</summary>
/// <param name="WasKilled">真的死于 SIGKILL；false 是杀晚了，它已经自己结束。</param>
/// <param name="Process">结束的程序。</param>
internal sealed record Shot(bool WasKilled, Finished Process)
{
    /// <summary>杀启动的程序自己。</summary>
    /// <param name="command">程序。</param>
    /// <param name="usual">它平常要运行多久，毫秒；死的时刻在这段时间里随机。</param>
    /// <param name="begun">给了就先等这个条件（例如对象出现），再随机等平常的一小段：多几次杀在要紧的地方。</param>
    public static async Task<Shot> At(Command command, double usual, Func<int, bool>? begun = null)
    {
        await using var running = new Running(command);
        await Moment(running, usual, begun);
        return await Kill(running, running.Pid);
    }

    /// <summary>杀它的子进程。</summary>
    /// <param name="command">程序。</param>
    /// <param name="usual">子进程平常要运行多久，毫秒。</param>
    public static async Task<Shot> AtChild(Command command, double usual)
    {
        await using var running = new Running(command);
        int child = 0;
        await Moment(running, usual * 3, pid => Outside.Children(pid) is [var only] && (child = only) > 0);
        return await Kill(running, child);
    }

    // 毫秒级的定时器就够：各次的零头自然错开。
    private static async Task Moment(Running running, double usual, Func<int, bool>? begun)
    {
        while (begun != null && !running.HasEnded && !begun(running.Pid)) await Task.Delay(1);
        await Task.Delay(TimeSpan.FromMilliseconds(begun == null ? Random.Shared.NextDouble() * usual : Math.Pow(Random.Shared.NextDouble(), 2) * usual / 4));
    }

    private static async Task<Shot> Kill(Running running, int victim)
    {
        bool sent = victim > 0 && !running.HasEnded && Libc.kill(victim, Libc.SIGKILL) == 0;
        Finished process = await running.Finish();

        // 收到 SIGKILL 的是自己：退出码 137；是子进程：程序应当自己说出来。
        return new Shot(sent && (process.ExitCode == 128 + (int)Libc.SIGKILL || process.Error.Contains("SIGKILL")), process);
    }
}
