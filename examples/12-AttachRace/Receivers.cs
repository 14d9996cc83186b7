using Examples;
using Posix;
using static Examples.Failure;
using static Posix.Libc;

/// <summary>两个接收方：做的事一样，次序不同。</summary>
internal static unsafe class Receivers
{
    /// <summary>往创建方报告的管道。</summary>
    public const int ReportFd = 3;

    /// <summary>文章的次序：fstat、mmap、sem_wait、读。</summary>
    /// <param name="name">对象的名字。</param>
    public static int FstatFirst(string name)
    {
        int exitCode = Open(name, out int fd, out sem_t* sem);
        if (exitCode != 0) return exitCode;

        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
        void* memPtr = mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        (long, Errno) seen = (st.st_size, memPtr == MAP_FAILED ? errno : 0);
        if (write(ReportFd, &seen, (nuint)sizeof((long, Errno))) == -1) return Fail(errno, $"write({ReportFd})");

        // 文章在这里没有检查 MAP_FAILED；消息来了，读的却是 (void*)-1。
        if (sem_wait(sem) == -1) return Fail(errno, $"sem_wait(\"{name}_sem\")");
        byte firstByte;
        memcpy(&firstByte, memPtr, 1);
        return 0;
    }

    /// <summary>本套示例的次序：sem_wait、fstat、mmap、读。</summary>
    /// <param name="name">对象的名字。</param>
    public static int WaitFirst(string name)
    {
        int exitCode = Open(name, out int fd, out sem_t* sem);
        if (exitCode != 0) return exitCode;

        byte opened = 1;
        if (write(ReportFd, &opened, 1) == -1) return Fail(errno, $"write({ReportFd})");

        // 创建方写完才 sem_post，所以等到之后，大小和内容都已经定了。
        if (sem_wait(sem) == -1) return Fail(errno, $"sem_wait(\"{name}_sem\")");
        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
        void* memPtr = mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {st.st_size}, PROT_READ, MAP_SHARED, {fd}, 0)");
        return write(ReportFd, memPtr, (nuint)st.st_size) == -1 ? Fail(errno, $"write({ReportFd})") : 0;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("用法：AttachRace（没有参数；接收方由它自己启动）");
        return 2;
    }

    private static int Open(string name, out int fd, out sem_t* sem)
    {
        sem = SEM_FAILED;
        fd = shm_open(name, O_RDONLY, 0);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDONLY)");
        sem = sem_open(name + "_sem", 0);
        if (sem == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_sem\", 0)");

        // 手工运行时，3 号描述符不是创建方交来的管道，不能往里写。
        if (fstat(ReportFd, out stat_t st) == -1 || !S_ISFIFO(st.st_mode)) return Usage();

        // 创建方若先死，没有人 sem_post，这里也跟着结束。
        Child.EndWithParent();
        return 0;
    }
}
