using System.Runtime.InteropServices;
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Watched;
using static Posix.Libc;

/// <summary>会 fork 的两个角色。全套示例只有这里声明 fork。</summary>
internal static unsafe partial class Program
{
    // 角色的参数：什么也不做、预先编译、触发垃圾回收。
    private const int Cold = 0;
    private const int Compiled = 1;
    private const int Garbage = 2;

    // 没法先调用一次 _exit 来编译它；按地址调用就可以：编译的是 Child，地址只是数据。abs 用来排练。
    private static readonly delegate* unmanaged<int, void> Exit = (delegate* unmanaged<int, void>)Function("_exit");
    private static readonly delegate* unmanaged<int, void> Rehearsal = (delegate* unmanaged<int, void>)Function("abs");

    /// <summary>分出一个子进程：内容与父进程相同，但只有调用它的这一个线程。</summary>
    /// <returns>父进程里是子进程的编号，子进程里是 0，失败是 -1。</returns>
    /// <remarks>不设 SetLastError：从 fork 返回的路上，多一个方法就可能多编译一个。来源：fork(2)。</remarks>
    [LibraryImport("libc")]
    private static partial int fork();

    // 文章的程序，重复几次：fork，子进程存一个值，父进程等它结束，读出来，接着做自己的事。
    private static int ForkingParent(int value, int times, int how)
    {
        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)");

        // 父进程等过别的子进程，waitpid 总是编译好的；另外两个方法看是哪种情形。
        waitpid(-1, out _, WNOHANG);
        if ((how & Compiled) != 0)
        {
            Child(memPtr, 0, Rehearsal);
            ParentGoesOn(memPtr);
        }

        if ((how & Garbage) != 0) StartGarbage(collect: true);

        Tell(Ready);
        for (int i = 0; i < times; i++)
        {
            int pid = fork();
            if (pid == -1) return Fail((Errno)Marshal.GetLastSystemError(), "fork()");
            if (pid == 0) Child(memPtr, value + i, Exit);

            if (waitpid(pid, out int status, 0) == -1) return Fail(errno, $"waitpid({pid})");
            bool well = status == 0 && *memPtr == value + i;
            Tell(well ? *memPtr : ChildFailed(status));
            if (!well) return 0;
            ParentGoesOn(memPtr);
        }

        return 0;
    }

    private static void Child(int* memPtr, int value, delegate* unmanaged<int, void> leave)
    {
        memcpy(memPtr, &value, sizeof(int));
        leave(0);
    }

    private static void ParentGoesOn(int* memPtr) => memset(memPtr, 0, sizeof(int));

    // 父子进程各存各读；父进程再比较两次 fork 前后自己的代码内存。
    private static int Exchange(int before, int after, int reply)
    {
        int* memPtr = (int*)mmap(null, 5 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int* go = stackalloc int[2];
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {5 * sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)");
        if (pipe2(go, O_CLOEXEC) == -1) return Fail(errno, "pipe2(O_CLOEXEC)");
        bool shared = CodeMemory.Open();

        // 排练：下面用到的每个调用都先走一遍，连 fork 自己也是。
        write(go[1], memPtr, 1);
        ExchangingChild(memPtr, go[0], 0, Rehearsal);
        int pid = fork();
        if (pid == 0) Exit(0);
        waitpid(pid, out int status, 0);
        Tell(Ready);
        if (shared) CodeMemory.Changed();

        memPtr[0] = before;
        pid = fork();
        if (pid == 0) ExchangingChild(memPtr, go[0], reply, Exit);
        memPtr[1] = after;
        write(go[1], memPtr, 1);
        waitpid(pid, out status, 0);
        int changed = shared ? CodeMemory.Changed() : 0;
        Tell(status == 0 ? memPtr[2] : ChildFailed(status));
        Tell(memPtr[3]);
        Tell(memPtr[4]);

        if (shared)
        {
            // Child 到现在还没有调用过，由子进程来编译。之后父进程只做排练过的事，直接离开。
            Tell(changed);
            pid = fork();
            if (pid == 0) Child(memPtr, 0, Exit);
            waitpid(pid, out status, 0);
            changed = CodeMemory.Changed();
            Tell(status == 0 ? changed : ChildFailed(status));
        }

        Exit(0);
        return 0;
    }

    private static void ExchangingChild(int* memPtr, int go, int reply, delegate* unmanaged<int, void> leave)
    {
        // 等父进程存完 memPtr[1]。
        byte signal;
        read(go, &signal, 1);
        memcpy(memPtr + 2, memPtr, 2 * sizeof(int));
        memPtr[4] = reply;
        leave(0);
    }

    private static void StartGarbage(bool collect)
    {
        for (int i = 0; i < 4; i++)
        {
            new Thread(() =>
            {
                while (true)
                {
                    GC.KeepAlive(new byte[1000]);
                    if (collect) GC.Collect(0);
                }
            }) { IsBackground = true }.Start();
        }

        // 等到回收真的开始了。
        while (GC.CollectionCount(0) < 2) Thread.Yield();
    }

    private static nint Function(string name) => NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), name);
}
