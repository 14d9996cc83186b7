using System.Diagnostics;
using System.Globalization;

namespace Benchmarks;

/// <summary>C# 或 C 的一方：一个等命令的进程，连同它自己的对方。</summary>
internal sealed class Side : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private Side(string file, params string[] args)
    {
        var start = new ProcessStartInfo(file, args) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _process = Process.Start(start)!;
    }

    /// <summary>C# 的一方：本程序的另一个角色。</summary>
    public static Side CSharp(Arena arena) => new(Environment.ProcessPath!, "worker", arena.Shared, arena.Bulk);

    /// <summary>C 的一方。</summary>
    public static Side C(Arena arena) => new(Native.Worker, arena.Shared, arena.Bulk);

    /// <summary>量队列的一方，见 <see cref="QueueWorker"/>：C# 的，C 的。</summary>
    public static Side QueueInCSharp(Arena arena) => new(Environment.ProcessPath!, "queue", arena.Bulk);

    /// <inheritdoc cref="QueueInCSharp"/>
    public static Side QueueInC(Arena arena) => new(Native.Queue, arena.Bulk);

    /// <summary>做一遍。</summary>
    /// <param name="command">命令，见 <see cref="Worker"/>。</param>
    /// <returns>算出的数，和用了多少纳秒。</returns>
    public (ulong Seen, double Nanoseconds) Ask(string command)
    {
        Send(command);
        return Receive(command);
    }

    /// <summary>只发命令，不等。</summary>
    public void Send(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    /// <summary>等 <see cref="Send"/> 的结果。</summary>
    public (ulong Seen, double Nanoseconds) Receive(string command)
    {
        Task<string?> reply = _process.StandardOutput.ReadLineAsync();
        if (!reply.Wait(Limit) || reply.Result is not { } line) throw new InvalidOperationException($"{_process.StartInfo.FileName} 没有回答命令「{command}」。看它上面报的错。");
        string[] word = line.Split(' ');
        return (ulong.Parse(word[0], CultureInfo.InvariantCulture), double.Parse(word[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        // 读到结尾它就结束，它的对方跟着它结束。
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Limit)) _process.Kill();
        _process.Dispose();
    }
}
