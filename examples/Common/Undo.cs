using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>创建了什么，就登记怎样撤销：进程正常结束、中途出错，或被 SIGINT、SIGTERM、SIGHUP、SIGQUIT 终止，
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
    public static void Add(Action action) => Step(() => Actions.Push(action), late: action);

    /// <summary>事情办成了，登记的都不再撤销。</summary>
    public static void Commit() => Step(Actions.Clear, late: null);

    private static void Step(Action step, Action? late)
    {
        lock (Gate)
        {
            if (!s_ended) { step(); return; }
        }

        // 进程正死于信号：刚创建的这一个在这里撤销，此后不再往下走，也就不再创建什么。
        if (late != null) Do(late);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>每个程序一开始就准备好，见 <see cref="Startup"/>。</summary>
    internal static void Arm()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Step(Run, late: null);

        // 后登记的先处理：导览自己接管信号，取消了，这里就不管。
        foreach (Signal signal in (Signal[])[SIGINT, SIGTERM, SIGHUP, SIGQUIT])
            Signals.Add(PosixSignalRegistration.Create((PosixSignal)(int)signal, context => DieOf(signal, context)));

        // 先走一遍，Add 就已经编译好：从创建到登记只隔一瞬。
        Add(() => { });
    }

    // 信号可能正落在登记与创建之间，哪一个在先都有可能：说了「结束」，再留 50 毫秒，正在创建的做完了，才一起撤销。
    // 最后自己照默认的办法死于它：启动者若让忽略 SIGTERM，.NET 不会让进程结束，撤销了却还活着。
    private static void DieOf(Signal signal, PosixSignalContext context)
    {
        if (context.Cancel) return;
        lock (Gate) s_ended = true;
        Thread.Sleep(50);
        Run();
        Libc.signal(signal, SIG_DFL);
        kill(getpid(), signal);
    }

    private static void Run()
    {
        lock (Gate) while (Actions.TryPop(out Action? action)) Do(action);
    }

    // 这一步撤销不成，也要做完其余的：进程正在结束，异常没有人接，会一直停在这里。
    private static void Do(Action action)
    {
        try { action(); } catch (Exception) { }
    }
}
