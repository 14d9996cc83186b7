#:project ../../examples/Posix

// 对：在另一个线程里用 waitid 等到结束（不取走），读，再 waitpid 取走。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var text] when int.TryParse(text, out int value) => Child(value),
    _ => Usage(),
};

static unsafe int Parent(int value)
{
    int fd = memfd_create("exercise-06", MFD_CLOEXEC);
    if (fd == -1) return Fail(errno, "memfd_create");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");

    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "父进程 mmap");
    *memory = 0;

    Errno error = spawn_self(out int pid, ["child", $"{value}"], (fd, 3));
    if (error != 0) return Fail(error, "posix_spawn");
    close(fd);

    Errno failed = 0;
    var waiter = new Thread(() =>
    {
        siginfo_t info;
        if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == -1) failed = errno;
    });
    waiter.Start();
    waiter.Join();
    if (failed != 0) return Fail(failed, "waitid");

    Console.WriteLine($"父进程：读到 {*memory}");
    munmap(memory, sizeof(int));
    if (waitpid(-1, out int status, 0) != pid) return Fail(errno, "waitpid");
    return status == 0 ? 0 : 1;
}

static unsafe int Child(int value)
{
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    if (memory == MAP_FAILED) return Fail(errno, "子进程 mmap");

    *memory = value;
    Console.WriteLine($"子进程：存了 {value}");
    munmap(memory, sizeof(int));
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：06-waitpid.cs [值]");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
