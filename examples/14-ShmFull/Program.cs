// /dev/shm 满了会怎样。对应文章「代码简单测试实例」：那里 ftruncate 之后直接写。
//
//     dotnet run --project examples/14-ShmFull
//
// ftruncate 只改大小，内存到第一次写入才分配。分不到时没有哪个调用可以报错，写的进程收到 SIGBUS。
// posix_fallocate 现在就要，要不到是一个错误码。为了不去填满大家的 /dev/shm，程序在私有的挂载命名空间里
// 换上一个 64 KiB 的，见 PrivateShm.cs；系统不允许就说一句，不算失败。
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int ObjectFd = 3;
    private const long Twice = 2 * PrivateShm.Capacity;

    private static int Main(string[] args) => args switch
    {
        [] => PrivateShm.RunInside("inner"),
        ["inner"] => Inner(),
        ["memset"] => Store(inLibc: true),
        ["managed"] => Store(inLibc: false),
        _ => Usage(),
    };

    private static int Inner()
    {
        string name = $"/ShmFull-{getpid()}";
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        if (shm_unlink(name) == -1) return Fail(errno, $"shm_unlink(\"{name}\")");

        // 手工运行 inner 时，这里是大家的 /dev/shm，不动它。
        if (!PrivateShm.Holds(fd)) return Usage();
        Child.EndWithParent();

        Errno error = ftruncate(fd, Twice) == -1 ? errno : 0;
        Observe("X9", $"/dev/shm 一共 {PrivateShm.Capacity} 字节，ftruncate 要 {Twice} 字节，结果", "成功", Outcome(error));
        Observe("X9", "ftruncate 之后，对象占用的字节", 0, Blocks(fd));
        Observe("X9", $"映射它，用 memset 写满这 {Twice} 字节，写的进程", "SIGBUS", Child.Run(["memset"], (fd, ObjectFd)));
        Observe("X9", "收到信号时，对象占用的字节", PrivateShm.Capacity, Blocks(fd));
        Report("X9", "同样的写入换成 C# 的循环，写的进程", Child.Run(["managed"], (fd, ObjectFd)));

        // 大小改成 0，占用的内存就归还了；然后换一种要法。
        if (ftruncate(fd, 0) == -1) return Fail(errno, $"ftruncate({fd}, 0)");
        error = posix_fallocate(fd, 0, Twice);
        Observe("X9", $"改用 posix_fallocate 要 {Twice} 字节，结果", "ENOSPC", Outcome(error));

        // 要得到的就真的给了，写满它也不会有信号。
        if (ftruncate(fd, 0) == -1) return Fail(errno, $"ftruncate({fd}, 0)");
        error = posix_fallocate(fd, 0, PrivateShm.Capacity);
        Observe("X9", $"posix_fallocate 要 {PrivateShm.Capacity} 字节，结果", "成功", Outcome(error));
        Observe("X9", "还没有写，对象占用的字节", PrivateShm.Capacity, Blocks(fd));
        Observe("X9", $"用 memset 写满这 {PrivateShm.Capacity} 字节，写的进程", "退出码 0", Child.Run(["memset"], (fd, ObjectFd)));
        close(fd);
        return ExitCode;
    }

    private static int Store(bool inLibc)
    {
        // 手工运行时，3 号描述符不是 Inner 交来的对象，不能往里写。
        if (fstat(ObjectFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || !PrivateShm.Holds(ObjectFd)) return Usage();

        var memPtr = (byte*)mmap(null, (nuint)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, ObjectFd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {st.st_size}, PROT_READ | PROT_WRITE, MAP_SHARED, {ObjectFd}, 0)");
        if (inLibc) memset(memPtr, 42, (nuint)st.st_size);
        else for (long i = 0; i < st.st_size; i++) memPtr[i] = 42;
        return 0;
    }

    private static string Outcome(Errno error) => error == 0 ? "成功" : strerrorname_np(error);

    // 文件系统按页分配，st_blocks 按 512 字节计。
    private static long Blocks(int fd) => fstat(fd, out stat_t st) == -1 ? -1 : st.st_blocks * 512;

    private static int Usage()
    {
        Console.Error.WriteLine("用法：ShmFull（没有参数；其余的角色由它自己启动）");
        return 2;
    }
}
