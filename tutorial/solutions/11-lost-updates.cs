#:project ../../examples/Posix

// 解答 11 · 丢失的更新
//
// 加一是三步：读、加、存。两个进程都读到 7，都存 8，一次就丢了。volatile 只管「真的去读内存」，管不了别人插在中间。
// Interlocked.Increment 由 CPU 保证三步不被分开，跨进程也算数，因为两边碰的是同一块内存。
// 用信号量把三步围起来也对，只是每次都要过两个调用。
//
//     dotnet run tutorial/solutions/11-lost-updates.cs [每个进程加多少次]
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(50_000_000),
    [var text] when int.TryParse(text, out int times) => Parent(times),
    ["worker", var text] when int.TryParse(text, out int times) => Worker(times),
    _ => Usage(),
};

static unsafe int Parent(int times)
{
    int fd = memfd_create("exercise-11", MFD_CLOEXEC);
    if (fd == -1) return Fail(errno, "memfd_create");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");
    int* counter = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counter == MAP_FAILED) return Fail(errno, "父进程 mmap");

    // 两个同时跑：都启动了，再一个一个等。
    Errno error = spawn_self(out int first, ["worker", $"{times}"], (fd, 3));
    if (error != 0) return Fail(error, "posix_spawn");
    error = spawn_self(out int second, ["worker", $"{times}"], (fd, 3));
    bool done = waitpid(first, out int status, 0) == first && status == 0;
    if (error != 0) return Fail(error, "posix_spawn");
    done &= waitpid(second, out status, 0) == second && status == 0;
    if (!done) return 1;

    Console.WriteLine($"父进程：应当是 {2 * times}，内存里是 {*counter}");
    munmap(counter, sizeof(int));
    close(fd);
    return 0;
}

static unsafe int Worker(int times)
{
    int* counter = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    if (counter == MAP_FAILED) return Fail(errno, "子进程 mmap");

    for (int i = 0; i < times; i++)
    {
        Interlocked.Increment(ref *counter);
    }

    munmap(counter, sizeof(int));
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：11-lost-updates.cs [每个进程加多少次]");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
