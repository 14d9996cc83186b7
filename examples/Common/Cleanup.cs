using System.Runtime.InteropServices;

namespace Examples;

/// <summary>无论怎样结束都要做的收尾：正常走完、中途出错，或被 SIGINT、SIGTERM、SIGHUP 终止；只做一次。</summary>
/// <remarks>SIGKILL 拦不住：名字会留下，要手工删。</remarks>
internal sealed class Cleanup : IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private Action? _action;

    /// <summary>登记收尾；<c>using</c> 到作用域结束，或更早的信号。</summary>
    /// <param name="action">要做的事，不得抛出异常。</param>
    public Cleanup(Action action)
    {
        _action = action;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Finish();

        // 不取消信号：收尾之后进程照样死于这个信号，与 shell 的预期一致。
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, _ => Finish()));
        }
    }

    public void Dispose()
    {
        Finish();
        _signals.ForEach(signal => signal.Dispose());
    }

    // 信号、Environment.Exit 和正常返回可能同时到：后到的要等先到的做完，不然进程先没了，收尾只做了一半。
    private void Finish()
    {
        lock (_signals)
        {
            _action?.Invoke();
            _action = null;
        }
    }
}
