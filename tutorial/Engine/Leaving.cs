using System.Runtime.InteropServices;

namespace Engine;

/// <summary>被 Ctrl+C、SIGTERM、SIGHUP、SIGQUIT 终止的时候，也结束学生的进程、删掉目录。</summary>
internal sealed class Leaving : IDisposable
{
    // 不取消信号：收尾之后，进程照样死于这个信号。
    private readonly PosixSignalRegistration[] _signals =
        [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(signal, _ => End()))];

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
    }

    private static void End()
    {
        Sandbox.Gate.Enter();
        Sandbox.Leave();
    }
}
