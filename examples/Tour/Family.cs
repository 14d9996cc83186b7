using System.Globalization;
using System.Text;
using Posix;
using static Posix.Libc;

namespace Examples.Tour;

/// <summary>导览启动的程序，连同它们的子孙：凭一个环境变量认出来，父进程先结束了的也认得。</summary>
internal sealed class Family
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10), Round = TimeSpan.FromMilliseconds(20);

    private readonly byte[] _mark = Encoding.UTF8.GetBytes($"{Variable}={Guid.NewGuid():N}");

    private const string Variable = "EXAMPLES_TOUR";

    /// <summary>放进子进程环境的一项，形如 <c>名字=值</c>。</summary>
    public string Mark => Encoding.UTF8.GetString(_mark);

    /// <summary>被强行结束的有几个：它们没有机会清理。</summary>
    public int Forced { get; private set; }

    /// <summary>活着的各个进程。</summary>
    public int[] Alive() => [.. Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid > 0 && Read($"/proc/{pid}/environ").AsSpan().IndexOf(_mark) >= 0)];

    /// <summary>活着的进程到现在用了多少 CPU 时间，秒。</summary>
    public double CpuSeconds() => Alive().Sum(pid =>
    {
        // 名字可以含空格和括号，所以从最后一个右括号之后数：utime、stime，和已经收走的子进程的 cutime、cstime，
        // 单位都是 1/100 秒。来源：proc_pid_stat(5)。
        string stat = Encoding.UTF8.GetString(Read($"/proc/{pid}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 15) return 0;
        return fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture) / 100.0);
    });

    /// <summary>请它们结束（SIGTERM，它们会清理），等它们；不肯结束的，强行结束（SIGKILL）。</summary>
    public void End()
    {
        var asked = new HashSet<int>();
        int[] first = Alive();
        long start = Environment.TickCount64, deadline = start + (long)Grace.TotalMilliseconds;
        while (Alive() is not [] and var alive)
        {
            // 后来才出现的，多半是它们清理时启动的，先不打断；两秒之后还在，也请它结束。
            bool force = Environment.TickCount64 > deadline, late = Environment.TickCount64 > start + 2000;
            int[] told = [.. alive.Where(pid => late || first.Contains(pid))];
            foreach (int pid in told.Where(pid => asked.Add(force ? -pid : pid)))
            {
                if (kill(pid, force ? SIGKILL : SIGTERM) == 0 && force) Forced++;
            }

            Thread.Sleep(Round);
        }
    }

    private static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];    // 进程没有了，或是别人的。
        }
    }
}
