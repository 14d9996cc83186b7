using System.Collections;

namespace Posix;

/// <summary>Posix 的源文件里写的 Environment 是它，不是 System 的：分叉出来的进程（StageFork）要自己收尾。</summary>
internal static class Environment
{
    public static string? ProcessPath => System.Environment.ProcessPath;

    // 和 /proc/self/cmdline 里的一样：那里是母进程的，没有参数。
    public static string[] GetCommandLineArgs() => AppContext.GetData(nameof(Exit)) == null ? System.Environment.GetCommandLineArgs() : System.Environment.GetCommandLineArgs()[..1];

    public static string? GetEnvironmentVariable(string name) => System.Environment.GetEnvironmentVariable(name);

    public static IDictionary GetEnvironmentVariables() => System.Environment.GetEnvironmentVariables();

    public static void Exit(int code)
    {
        if (AppContext.GetData(nameof(Exit)) is Action<int> exit) exit(code);
        System.Environment.Exit(code);
    }
}
