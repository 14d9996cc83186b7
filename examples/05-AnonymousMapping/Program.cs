// 匿名共享内存：亲缘进程之间的通信。对应文章「通过匿名内存映射提供亲缘进程间的通信」。
//
//     dotnet run --project examples/05-AnonymousMapping
//
// 父进程建一块没有名字的共享内存，存 0，启动子进程；子进程存 1；父进程等它结束，读出 1。
// 文章用 fork，子进程生来就有父进程的映射。C# 用 posix_spawn，exec 丢掉了全部映射，
// 所以父进程交给子进程的是描述符，子进程自己再映射一次。
using Posix;
using static Examples.Failure;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int ChildFd = 3;

    private static int Main(string[] args) => args switch
    {
        [] => Parent(),
        ["child"] => Child(),
        _ => Usage(),
    };

    private static int Parent()
    {
        // 文章的 MAP_ANON 没有描述符，穿不过 exec；memfd_create 是同一种内存，但有描述符。
        int fd = memfd_create("anonymous", MFD_CLOEXEC);
        if (fd == -1) return Fail(errno, "memfd_create(\"anonymous\", MFD_CLOEXEC)");
        if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, $"ftruncate({fd}, {sizeof(int)})");

        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED)
            return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        *memPtr = 0;

        Errno error = spawn_self(out int pid, ["child"], (fd, ChildFd));
        if (error != 0) return Fail(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"child\")");
        close(fd);

        // 文章 sleep 一秒，盼着子进程已经写完；waitpid 等到它真的结束。
        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, $"waitpid({pid})");
        if (WIFSIGNALED(status))
        {
            Console.Error.WriteLine($"waitpid({pid}): 子进程被信号 SIG{sigabbrev_np(WTERMSIG(status))} 终止，内存里的值是 {*memPtr}。再运行一次。");
            return 1;
        }

        // 子进程自己报过错了，不再说一遍。
        if (WEXITSTATUS(status) != 0) return 1;

        Console.WriteLine($"parent:memory value {*memPtr}");
        munmap(memPtr, sizeof(int));
        return 0;
    }

    private static int Child()
    {
        // 手工运行 child 时，3 号描述符不是父进程交来的那一块，不能往里写。
        if (fstat(ChildFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != sizeof(int)) return Usage();

        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, ChildFd, 0);
        if (memPtr == MAP_FAILED)
            return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {ChildFd}, 0)");
        close(ChildFd);

        *memPtr = 1;
        Console.WriteLine($"child:set memory {*memPtr}");
        munmap(memPtr, sizeof(int));
        return 0;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("用法：AnonymousMapping（没有参数；子进程由它自己启动）");
        return 2;
    }
}
