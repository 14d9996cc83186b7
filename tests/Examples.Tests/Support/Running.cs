using System.Text;
using CliWrap;
using Posix;

namespace Examples.Tests.Support;

/// <summary>一个还在运行的进程：可以看它说了什么，可以给它发信号，最后等它结束。</summary>
internal sealed class Running : IAsyncDisposable
{
    private readonly Patience _patience = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly CommandTask<CommandResult> _task;

    /// <summary>启动。</summary>
    /// <param name="command">命令。</param>
    /// <param name="forEver">它只是等着，由测试结束时终止；否则挂住了就强行结束，见 <see cref="Patience"/>。</param>
    public Running(Command command, bool forEver = false)
    {
        _task = command
            .WithStandardOutputPipe(PipeTarget.ToDelegate(line => Append(_output, line), Encoding.UTF8))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(line => Append(_error, line), Encoding.UTF8))
            .ExecuteAsync(_patience.Token);
        _patience.Watch(_task.ProcessId, forEver);
    }

    public int Pid => _task.ProcessId;

    /// <summary>已经结束，输出也收完了。</summary>
    public bool HasEnded => _task.Task.IsCompleted;

    public string Output => Read(_output);

    public string Error => Read(_error);

    /// <summary>本进程的各个子进程。</summary>
    public int[] Children => Outside.Children(Pid);

    /// <summary>让唯一的子进程停住（SIGSTOP）：等它的父进程就一定停在半路。</summary>
    /// <returns>子进程编号。</returns>
    public async Task<int> StoppedChild()
    {
        int child = 0;
        await Eventually.True(() => Children is [var pid] && Libc.kill(child = pid, Libc.SIGSTOP) == 0 && IsStopped(pid), "停住的子进程");
        return child;

        static bool IsStopped(int pid) => File.Exists($"/proc/{pid}/stat") && File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1][0] == 'T';
    }

    /// <summary>等标准错误里出现一段文字。</summary>
    public Task Says(string text) => Eventually.True(() => Error.Contains(text), $"标准错误里的「{text}」，现有：{Error}");

    /// <summary>发一个信号。</summary>
    public void Send(Signal signal) => Libc.kill(Pid, signal).ShouldBe(0);

    /// <summary>等它结束。被信号终止时，退出码是 128 加信号编号。</summary>
    public async Task<Finished> Finish()
    {
        try
        {
            CommandResult result = await _task;
            return new Finished(Pid, result.ExitCode, Output, Error);
        }
        catch (OperationCanceledException) when (_patience.GaveUp is { } why)
        {
            throw new TimeoutException($"挂住了。{why}\nstdout:\n{Output}\nstderr:\n{Error}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _patience.End();
        await _task.Task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _task.Dispose();
        _patience.Dispose();
    }

    private static void Append(StringBuilder builder, string line)
    {
        lock (builder) builder.Append(line).Append('\n');
    }

    private static string Read(StringBuilder builder)
    {
        lock (builder) return builder.ToString();
    }
}
