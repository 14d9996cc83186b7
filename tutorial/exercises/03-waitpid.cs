#:project ../../examples/Posix

// 练习 03 · 等子进程
// 应当怎样：父进程等子进程结束，读出它写入的值。子进程慢一点、快一点，结果都一样。
// 现在怎样：父进程读到 0，而且先于子进程结束。
// 看哪一章：tutorial/05-anonymous-mapping.md，示例 05-AnonymousMapping。
// TODO：让父进程等到子进程结束再读。
// 怎样判定：子进程停在哪一步、停住（SIGSTOP），父进程都等；值可以是 0；子进程没有写入就死了，父进程也结束，退出码不是 0。
// 睡一会儿、盯着内存等值变，都不算等到它结束。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/03-waitpid.cs [值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var text] when int.TryParse(text, out int value) => Child(value),
    _ => errx(2, "用法：03-waitpid.cs [值]"),
};

static unsafe int Parent(int value)
{
    int fd = Must(memfd_create("exercise-03", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = 0;

    Must(spawn_self(out int pid, ["child", $"{value}"], (fd, 3)));
    Must(close(fd));

    Console.WriteLine($"父进程：读到 {*memory}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}

static unsafe int Child(int value)
{
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));

    *memory = value;
    Console.WriteLine($"子进程：写入了 {value}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}
