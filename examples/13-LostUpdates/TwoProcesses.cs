using Examples;
using Posix;
using static Examples.Failure;
using static Posix.Libc;

/// <summary>与主题无关的准备：建对象和信号量，启动子进程，让两边同时开始。</summary>
internal static unsafe class TwoProcesses
{
    private const int ReadyFd = 3;

    public static int Parent()
    {
        string name = $"/LostUpdates-{getpid()}", mutexName = name + "_mutex", postedName = name + "_posted";
        int fd = -1;
        using var cleanup = new Cleanup(() =>
        {
            if (fd == -1) return;
            shm_unlink(name);
            sem_unlink(mutexName);
            sem_unlink(postedName);
        });
        fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        if (ftruncate(fd, sizeof(Shared)) == -1) return Fail(errno, $"ftruncate({fd}, {sizeof(Shared)})");
        Errno error = posix_fallocate(fd, 0, sizeof(Shared));
        if (error != 0) return Fail(error, $"posix_fallocate({fd}, 0, {sizeof(Shared)})");
        var shared = (Shared*)mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(Shared)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        close(fd);

        sem_t* mutex = sem_open(mutexName, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 1);
        if (mutex == SEM_FAILED) return Fail(errno, $"sem_open(\"{mutexName}\", O_CREAT | O_EXCL, 0600, 1)");
        sem_t* posted = sem_open(postedName, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
        if (posted == SEM_FAILED) return Fail(errno, $"sem_open(\"{postedName}\", O_CREAT | O_EXCL, 0600, 0)");

        int* ready = stackalloc int[2];
        if (pipe2(ready, O_CLOEXEC) == -1) return Fail(errno, "pipe2(ready, O_CLOEXEC)");
        error = spawn_self(out int pid, ["child", name], (ready[1], ReadyFd));
        if (error != 0) return Fail(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"child\")");
        close(ready[1]);
        var child = new Examples.Watch(pid);
        byte b;
        if (read(ready[0], &b, 1) <= 0) return child.Join() == null ? ChildFailed() : 1;
        close(ready[0]);

        // 信的内容是随机的，而且不是 0：格子里原来是 0，读早了一定看得出来。
        long[] letters = [.. Enumerable.Range(0, Shared.Times).Select(_ => Random.Shared.NextInt64(1, long.MaxValue))];
        int exitCode = Program.Add(shared, mutex);
        if (exitCode == 0) exitCode = Letters.Write(shared, posted, letters);
        if (exitCode != 0) return exitCode;
        if (child.Join() != null) return 1;

        Program.Judge(shared, letters);
        munmap(shared, (nuint)sizeof(Shared));
        sem_close(mutex);
        sem_close(posted);
        return Examples.Observation.ExitCode;
    }

    public static int Child(string name)
    {
        int fd = shm_open(name, O_RDWR, 0);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR)");
        sem_t* mutex = sem_open(name + "_mutex", 0);
        if (mutex == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_mutex\", 0)");
        sem_t* posted = sem_open(name + "_posted", 0);
        if (posted == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_posted\", 0)");

        // 手工运行时，对象可能是别人的，3 号描述符也不是父进程交来的管道，都不能往里写。
        if (fstat(fd, out stat_t st) == -1 || st.st_size != sizeof(Shared)) return Usage();
        if (fstat(ReadyFd, out st) == -1 || !S_ISFIFO(st.st_mode)) return Usage();
        Examples.Child.EndWithParent();

        var shared = (Shared*)mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(Shared)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        byte b = 1;
        if (write(ReadyFd, &b, 1) == -1) return Fail(errno, $"write({ReadyFd})");
        int exitCode = Program.Add(shared, mutex);
        return exitCode != 0 ? exitCode : Letters.Read(shared, posted);
    }

    /// <summary>两边在这里会合，后到的放行。不睡着等：睡着的一方被叫醒时，常被放在另一方的核上，两边就成了轮流跑。</summary>
    /// <param name="shared">共享的内容。</param>
    public static void Meet(Shared* shared)
    {
        int both = (Interlocked.Increment(ref shared->Arrived) + 1) / 2 * 2;
        while (Volatile.Read(ref shared->Arrived) < both) Thread.Yield();
    }

    public static int Usage()
    {
        Console.Error.WriteLine("用法：LostUpdates（没有参数；子进程由它自己启动）");
        return 2;
    }

    private static int ChildFailed()
    {
        Console.Error.WriteLine("子进程没有做完就结束了。再运行一次；仍然如此就看它上面报的错。");
        return 1;
    }
}
