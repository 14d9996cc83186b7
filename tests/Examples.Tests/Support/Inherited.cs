using System.Runtime.CompilerServices;
using static Posix.Libc;

namespace Examples.Tests.Support;

/// <summary>测试自己也可能被奇怪地启动：后台运行（shell 的 &amp;）忽略 SIGINT 和 SIGQUIT，nohup 忽略 SIGHUP，守护进程忽略 SIGCHLD。</summary>
/// <remarks>「忽略」会传给测试启动的每个程序，那样「Ctrl+C 能结束它」就测不出来了；所以一开始都恢复默认。</remarks>
internal static class Inherited
{
    [ModuleInitializer]
    internal static void Reset()
    {
        foreach (Posix.Signal one in (Posix.Signal[])[SIGINT, SIGQUIT, SIGHUP, SIGCHLD]) signal(one, SIG_DFL);
    }
}
