#:project ../../examples/Posix

// 解答 11 · 丢失的更新
// 加一是三步：读、加、写。两个进程都读到 7，都写入 8，就丢失了一次。volatile 只保证「真的去读内存」，不能防止交错。
// Interlocked.Increment 由 CPU 保证三步不被分开，跨进程也算数，因为两边访问的是同一块内存。
// 用信号量保护这三步也对，只是每次都要多两次调用。
//     dotnet run tutorial/solutions/11-lost-updates.cs [每个进程加多少次]
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(50_000_000),
    [var text] when int.TryParse(text, out int times) => Parent(times),
    ["worker", var text] when int.TryParse(text, out int times) => Worker(times),
    _ => errx(2, "用法：11-lost-updates.cs [每个进程加多少次]"),
};

static unsafe int Parent(int times)
{
    int fd = Must(memfd_create("exercise-11", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* counter = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    if (spawn_both(["worker", $"{times}"], ["worker", $"{times}"], (fd, 3)) != 0) return 1;
    Console.WriteLine($"父进程：应当是 {2 * times}，内存里是 {*counter}");
    return 0;
}

static unsafe int Worker(int times)
{
    int* counter = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));

    for (int i = 0; i < times; i++)
    {
        Interlocked.Increment(ref *counter);
    }

    return 0;
}
