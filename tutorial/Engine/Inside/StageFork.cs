namespace Staged;

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Posix;
using static Posix.Libc;

/// <summary>编进舞台上的每个程序：运行时启动好、代码编译好，就停在 Main 之前；舞台每要一个进程，就 fork 一个，不必再等运行时启动。</summary>
/// <remarks>
/// AFL 管这叫 fork server，Android 管这叫 zygote。.NET 的程序一般不能 fork：子进程只有一个线程，机器码又在共享的映射里。
/// 这里可以：舞台关掉了 W^X，机器码就在私有的映射里；没有后台的编译和垃圾回收；只剩终结器线程没有了，所以收尾由 <see cref="Exit"/> 来做。
/// </remarks>
internal static unsafe class StageFork
{
    private const int CLONE_PARENT = 0x8000, CLONE_CHILD_CLEARTID = 0x200000, CLONE_CHILD_SETTID = 0x1000000, CLONE_NEWIPC = 0x8000000;
    private const ProcessOption PR_GET_TID_ADDRESS = (ProcessOption)40;

    // 没有了终结器线程，运行时的两件事由这里来做；它们不公开。
    private static readonly MethodInfo OnProcessExit = Internal(nameof(OnProcessExit)), OnUnhandledException = Internal(nameof(OnUnhandledException));

    // 运行时记着的命令行；母进程启动的时候没有参数。
    private static readonly FieldInfo CommandLine = typeof(Environment).GetField("s_commandLineArgs", BindingFlags.NonPublic | BindingFlags.Static)!;

    private static Thread? _ending;
    private static int _copies = -1;

    /// <summary>运行时在 Main 之前调用它：环境变量 DOTNET_STARTUP_HOOKS 里有这个程序。这时已经是分叉出来的进程了。</summary>
    internal static void Initialize()
    {
        MethodInfo main = typeof(StageStop).Assembly.EntryPoint!;
        object?[] arguments = main.GetParameters() is [] ? [] : [Environment.GetCommandLineArgs()[1..]];
        try
        {
            Exit(Call(main, arguments) as int? ?? Environment.ExitCode);
        }
        catch (Exception e) when (Crash(e))
        {
        }
    }

    /// <summary>最先的模块初始化：停在这里，舞台要一个进程就分叉一个；只有分叉出来的才返回。</summary>
    internal static void Wait()
    {
        // 程序自己启动的子进程不该再停在这里；.NET 记着的一份，和 libc 的一份。
        foreach (string name in new[] { "STAGE_FORK", "DOTNET_STARTUP_HOOKS" })
        {
            Environment.SetEnvironmentVariable(name, null);
            unsetenv(name);
        }

        // 头一次做的事都慢：先编译，先做一遍，分叉出来的就不必再各做一遍。
        foreach (MethodBase method in new[] { typeof(StageStop), typeof(Libc) }.SelectMany(one => one.Assembly.GetTypes()).Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetMembers(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).OfType<MethodBase>().Where(method => method is { IsAbstract: false, ContainsGenericParameters: false }))
        {
            // 委托的 BeginInvoke 编译不了，也没有人用。
            try { RuntimeHelpers.PrepareMethod(method.MethodHandle); }
            catch (PlatformNotSupportedException) { }
        }

        StageStop.Rehearse();
        using (var output = new StreamWriter(Console.OpenStandardOutput(), Console.OutputEncoding)) output.Write("");
        _ = Assembly.Load("Microsoft.Win32.Primitives");
        Call(typeof(StageFork).GetMethod(nameof(Nothing), BindingFlags.NonPublic | BindingFlags.Static)!, [Array.Empty<string>()]);
        var thread = new Thread(() => { });
        thread.Start();
        thread.Join();

        // 上面的线程结束了，内核也许还没有收走它；一直都在的，分叉不过去：不分叉，舞台会从头启动。
        for (int i = 0; Directory.GetDirectories("/proc/self/task").Length > 3; i++)
        {
            if (i == 1000) _exit(1);
            Thread.Yield();
        }

        // .NET 启动时复制过标准输入、输出和错误，崩溃时往那里写；三个编号连着。
        string input = Link("/proc/self/fd/0");
        _copies = Directory.GetFiles("/proc/self/fd").Select(fd => int.Parse(Path.GetFileName(fd))).Order().Skip(3).FirstOrDefault(fd => Link($"/proc/self/fd/{fd}") == input, -1);

        // 一次请求是一句话：System V 的命名空间、标准输出、标准错误，各是一个路径，然后是参数。
        byte[] request = new byte[1 << 18];
        fixed (byte* start = request)
        {
            while (read(0, start, (nuint)request.Length) is > 0 and var count)
            {
                int child = Fork();
                if (child == 0)
                {
                    Begin(Encoding.UTF8.GetString(start, (int)count).Split('\0'));
                    return;
                }

                if (write(0, &child, sizeof(int)) != sizeof(int)) break;
            }
        }

        _exit(0);
    }

    /// <summary>代替 Environment.Exit：终结器线程没有了，运行时会一直等它，所以收尾的处理在这里调用。</summary>
    public static void Exit(int code)
    {
        if (AppContext.GetData(nameof(Exit)) == null) Environment.Exit(code);
        Environment.ExitCode = code;

        // 和运行时一样：收尾在另一个线程里，这里等着。
        var ending = new Thread(() => Call(OnProcessExit));
        Thread? first = Interlocked.CompareExchange(ref _ending, ending, null);
        if (first == null) ending.Start();
        if (first != Thread.CurrentThread) (first ?? ending).Join();
        _exit(Environment.ExitCode);
    }

    private static MethodInfo Internal(string what) => typeof(AppContext).GetMethod(what, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static object? Call(MethodInfo method, params object?[] arguments) => method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    // 先做一遍用的：经反射调用，写几种数。
    private static int Nothing(string[] args) => string.Create(null, $"{args.Length} {1L} {(nint)1:x} {1UL:x} {' '} {""}").Length;

    private static string Link(string path) => new FileInfo(path).LinkTarget ?? "";

    // 不用 libc 的 fork：它把别的线程的栈收回来，给新的线程用，终结器线程的栈上却还有垃圾回收要看的东西。
    // 带着 CLONE_PARENT，进程就是舞台的子进程，和直接启动的一样。libc 为线程记下的编号、给内核的互斥锁名单，要像 fork 那样换新。
    private static int Fork()
    {
        bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        nint tid, locks, size;
        if (prctl(PR_GET_TID_ADDRESS, (nuint)(&tid)) != 0 || syscall(isArm ? 100 : 274, 0, (nint)(&locks), (nint)(&size), 0, 0) != 0) return -1;
        const int Flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | (int)SIGCHLD;
        int child = (int)syscall(isArm ? 220 : 56, Flags, 0, 0, isArm ? 0 : tid, isArm ? tid : 0);
        if (child == 0) syscall(isArm ? 99 : 273, locks, size, 0, 0, 0);
        return child;
    }

    private static void Begin(string[] asked)
    {
        setpgid(0, 0);
        CommandLine.SetValue(null, (string[])[Environment.GetCommandLineArgs()[0], .. asked[3..]]);
        if (asked[0] != "")
        {
            int space = open(asked[0], O_RDONLY);
            if (setns(space, CLONE_NEWIPC) != 0) _exit(125);
            close(space);
        }

        string[] files = ["/dev/null", asked[1], asked[2]];
        for (int i = 0; i < files.Length; i++)
        {
            int file = open(files[i], i == 0 ? O_RDONLY : O_RDWR);
            if (dup2(file, i) != i || (_copies >= 0 && dup3(file, _copies + i, (int)O_CLOEXEC) == -1)) _exit(125);
            close(file);
        }

        AppContext.SetData(nameof(Exit), (Action<int>)Exit);

        // 运行时为它们装的处理，要交给一个没有分叉过来的线程。
        foreach (Signal deadly in new[] { SIGINT, SIGQUIT, SIGTERM }) signal(deadly, SIG_DFL);
    }

    // 没有人接住的异常：finally 都还没有执行，就在这里结束，和运行时一样。
    private static bool Crash(Exception e)
    {
        Call(OnUnhandledException, e);
        byte[] line = Encoding.UTF8.GetBytes($"Unhandled exception. {e}\n");
        fixed (byte* start = line) _ = write(2, start, (nuint)line.Length);
        abort();
        return true;
    }

    [DllImport("libc")]
    private static extern int unsetenv(string name);

    [DllImport("libc")]
    private static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [DllImport("libc")]
    private static extern int setpgid(int pid, int group);

    [DllImport("libc")]
    private static extern int setns(int fd, int kind);

    [DllImport("libc")]
    private static extern void abort();

    [DllImport("libc")]
    private static extern int dup2(int fd, int newfd);

    [DllImport("libc")]
    private static extern int dup3(int fd, int newfd, int flags);
}
