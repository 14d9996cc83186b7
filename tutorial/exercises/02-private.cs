#:project ../../examples/Posix

// 练习 02 · 私有的映射
// 应当怎样：子进程写入一个值，父进程等它结束，读出同一个值。
// 现在怎样：子进程说写入了，自己读回来也对，父进程读到的却是 0。
// 看哪一章：tutorial/02-mmap.md，示例 02-Mmap/SharedVsPrivate。
// TODO：让子进程写入的值到得了父进程那里。
// 怎样判定：值由子进程写入，父进程打印的是内存里的值，两边的映射都是共享的。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/02-private.cs [值]
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
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_PRIVATE, 3, 0));

    *memory = value;
    Console.WriteLine($"子进程：写入了，读回来是 {*memory}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}
