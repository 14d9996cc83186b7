using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Watched;
using static Posix.Libc;

/// <summary>用 posix_spawn 的角色，以及各角色的入口。</summary>
internal static unsafe partial class Program
{
    private static int Role(string role, int[] numbers)
    {
        // 自成一组（也自成会话，终端的信号到不了），看管者才能连同它的子进程一起终止。子进程沿用这一组。
        if (role != "child" && setsid() == -1) return Fail(errno, "setsid()");
        return (role, numbers) switch
        {
            ("fork", [var value, var times, var how]) => ForkingParent(value, times, how),
            ("exchange", [var before, var after, var reply]) => Exchange(before, after, reply),
            ("spawn", [var value, _, var how]) => SpawningParent(value, how),
            ("child", [var value]) => SpawnedChild(value),
            _ => Usage(),
        };
    }

    // 与 ForkingParent 同样的事，同样的垃圾回收：子进程没有父进程的映射，交给它描述符。
    private static int SpawningParent(int value, int how)
    {
        int fd = memfd_create("spawn", MFD_CLOEXEC);
        if (fd == -1) return Fail(errno, "memfd_create(\"spawn\", MFD_CLOEXEC)");
        if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, $"ftruncate({fd}, {sizeof(int)})");
        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");

        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        if ((how & Garbage) != 0) StartGarbage(collect: false);
        Tell(Ready);

        // 报告管道也交给它：看管者读到管道的结尾，才知道它也不在了。
        Errno error = spawn_self(out int pid, ["child", $"{st.st_ino}", $"{value}"], (fd, ChildFd), (ReportFd, ChildFd + 1));
        if (error != 0) return Fail(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"child\")");
        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, $"waitpid({pid})");
        Tell(status == 0 && *memPtr == value ? *memPtr : ChildFailed(status));
        return 0;
    }

    private static int SpawnedChild(int value)
    {
        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, ChildFd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {ChildFd}, 0)");
        *memPtr = value;
        return 0;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("用法：WhyNotFork [次数]（每种情形运行几次，1 到 100，默认 5；其余的进程由它自己启动）");
        return 2;
    }
}
