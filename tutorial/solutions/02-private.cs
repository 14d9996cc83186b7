#:project ../../examples/Posix

// 解答 02 · 私有的映射
// MAP_PRIVATE 写时复制：第一次写入的时候，内核把那一页复制一份给这个进程，之后的值都在这个副本里，
// 子进程自己读得到，别人谁也看不到，子进程一结束就没有了。要让别人看到，用 MAP_SHARED。
//     dotnet run tutorial/solutions/02-private.cs [值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var text] when int.TryParse(text, out int value) => Child(value),
    _ => errx(2, "用法：02-private.cs [值]"),
};

static unsafe int Parent(int value)
{
    int fd = Must(memfd_create("exercise-02", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = 0;

    Must(spawn_self(out int pid, ["child", $"{value}"], (fd, 3)));
    Must(waitpid(pid, out int status, 0));
    if (status != 0) return 1;

    Console.WriteLine($"父进程：读到 {*memory}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}

static unsafe int Child(int value)
{
    // 写入对象本身，而不是写入自己的副本。
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));

    *memory = value;
    Console.WriteLine($"子进程：写入了，读回来是 {*memory}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}
