using System.ComponentModel;
using System.Diagnostics;

/// <summary>启动别的进程，收下它打印的一行；本进程中途结束，也不丢下它不管。</summary>
internal static class OtherProcess
{
    private static readonly Lock Gate = new();
    private static Process? s_running;
    private static bool s_over;

    /// <summary>启动，等它结束。</summary>
    /// <param name="command">程序和参数。</param>
    /// <returns>它的标准输出。</returns>
    /// <exception cref="InvalidOperationException">它没有成功；它自己在标准错误上说了原因。</exception>
    public static string Run(params string[] command)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true } };
        lock (Gate)
        {
            if (s_over) throw new InvalidOperationException("正在结束，不再启动别的进程。");
            process.Start();
            s_running = process;
        }

        string output = process.StandardOutput.ReadToEnd().TrimEnd();
        process.WaitForExit();
        lock (Gate) s_running = null;
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', command)} 以退出码 {process.ExitCode} 结束。");
    }

    /// <summary>结束正在运行的那一个，之后不再启动：它不会在名字删掉之后又造出来。</summary>
    public static void End()
    {
        lock (Gate)
        {
            s_over = true;
            s_running?.Kill();
            s_running?.WaitForExit();
        }
    }

    /// <summary>能用的 python3 的版本，例如 <c>Python 3.11.7</c>；没有就是 null。</summary>
    public static string? PythonVersion()
    {
        try
        {
            string version = Run("python3", "--version");
            return version.StartsWith("Python 3", StringComparison.Ordinal) ? version : null;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return null;
        }
    }
}
