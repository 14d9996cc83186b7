using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Examples;
using static Posix.Libc;

/// <summary>会 fork 的进程。全套示例只有这里声明 fork。</summary>
internal static unsafe partial class Program
{
    // 排练：方法第一次调用时才编译，要赶在 fork 之前。_exit 不能先试一次，就按地址调用，用无害的 abs 走一遍同样的调用。
    private static readonly delegate* unmanaged<int, void> Exit = (delegate* unmanaged<int, void>)Function("_exit");
    private static readonly delegate* unmanaged<int, void> Rehearsal = (delegate* unmanaged<int, void>)Function("abs");

    // 父进程里返回子进程的编号，子进程里返回 0；来源：fork(2)。
    // 不设 SetLastError：从 fork 返回的路上，多一个方法就可能多编译一个。
    [LibraryImport("libc")]
    private static partial int fork();

    // 文章的程序，重复多次：fork，子进程改一个值，父进程等它结束，读出来，接着做自己的事。
    private static int ForkAgain(string how, int value)
    {
        // 自成一组（也自成会话，终端的信号到不了），才能连同子进程一起被终止。
        ChildProcess.EndWithParent();
        Must(setsid());
        int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        Rehearsal(0);
        if (how != "cold") Child(memPtr);
        if (how != "cold") GoOn(memPtr);
        if (how == "garbage") StartGarbage();
        Report(0);

        // 第一遍是排练，子进程什么也不做：父进程用到的每个调用，连 fork 自己，都已经编译好。
        for (int i = 0; i <= 50; i++)
        {
            *memPtr = value;
            int pid = Must(fork());
            if (pid == 0 && i > 0) Child(memPtr);
            if (pid == 0) Exit(0);
            Must(waitpid(pid, out int status, 0));
            if (i == 0) continue;
            if (status == 0) Report(*memPtr);
            if (status != 0 || *memPtr != ~value) return ChildDied;
            GoOn(memPtr);
        }

        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Child(int* memPtr)
    {
        int answer = ~*memPtr;
        memcpy(memPtr, &answer, sizeof(int));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GoOn(int* memPtr) => memset(memPtr, 0, sizeof(int));

    private static void Report(int value) => Must(write(ReportFd, &value, sizeof(int)));

    private static void StartGarbage()
    {
        for (int i = 0; i < 4; i++) new Thread(Collect) { IsBackground = true }.Start();
        while (GC.CollectionCount(0) < 2) Thread.Yield();
        static void Collect()
        {
            for (; ; GC.Collect(0)) GC.KeepAlive(new byte[1000]);
        }
    }

    private static nint Function(string name) => NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), name);
}
