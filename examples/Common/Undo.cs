using System.Runtime.InteropServices;

namespace Examples;

/// <summary>创建了什么，就登记怎样撤销：进程正常结束、中途出错，或被 SIGINT、SIGTERM、SIGHUP 终止，
/// 都会照做一次。</summary>
/// <remarks>SIGKILL 拦不住：名字会留下，要手工删除。</remarks>
internal static class Undo
{
    private static readonly Lock Gate = new();
    private static readonly Stack<Action> Actions = new();
    private static readonly List<PosixSignalRegistration> Signals = [];
    private static bool s_ended;

    /// <summary>登记一步撤销，后登记的先做。名字独一无二，可以先登记再创建；否则创建成功了才登记，
    /// 以免删掉别人的。</summary>
    /// <param name="action">怎样撤销，不得抛出异常。</param>
    public static void Add(Action action)
    {
        // 信号已经来过，撤销已经做完：刚创建的这一个在这里补上。
        lock (Gate)
        {
            if (s_ended) Do(action);
            else Actions.Push(action);
        }
    }

    /// <summary>事情办成了，登记的都不再撤销。</summary>
    public static void Commit()
    {
        lock (Gate)
        {
            // 已经撤销了，进程正死于信号，不能再往下走。
            if (s_ended) Thread.Sleep(Timeout.Infinite);
            Actions.Clear();
        }
    }

    /// <summary>每个程序一开始就准备好，见 <see cref="Startup"/>。</summary>
    internal static void Arm()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Run();

        // 不取消信号：撤销之后进程照样死于这个信号，与 shell 的预期一致。
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            // 信号可能正落在创建与登记之间：再留 50 毫秒，刚创建的那一个来得及在 Add 里撤销。
            Signals.Add(PosixSignalRegistration.Create(signal, _ => { Run(); Thread.Sleep(50); }));
        }

        // 先走一遍，Add 就已经编译好：从创建到登记只隔一瞬。
        Add(() => { });
    }

    // 信号与 Environment.Exit 可能同时到：后到的要等先到的做完。
    private static void Run()
    {
        lock (Gate)
        {
            s_ended = true;
            while (Actions.TryPop(out Action? action)) Do(action);
        }
    }

    // 这一步撤销不成，也要做完其余的：进程正在结束，异常没有人接，会一直停在这里。
    private static void Do(Action action)
    {
        try { action(); } catch (Exception) { }
    }
}
