#:project ../../examples/Posix

// 练习 01 · 映射的保护
// 应当怎样：子进程把值写入共享内存，父进程等它结束，读出同一个值。
// 现在怎样：子进程刚要写入就死了，父进程什么也没读到。
// 看哪一章：tutorial/02-mmap.md，示例 02-Mmap/Protection。
// TODO：让子进程写得进去。
// 怎样判定：值由子进程写入，父进程打印的是内存里的值。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/01-protection.cs [值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var text] when int.TryParse(text, out int value) => Child(value),
    _ => errx(2, "用法：01-protection.cs [值]"),
};

static unsafe int Parent(int value)
{
    int fd = Must(memfd_create("exercise-01", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    Must(spawn_self(out int pid, ["child", $"{value}"], (fd, 3)));
    Must(waitpid(pid, out int status, 0));
    if (WIFSIGNALED(status)) errx(1, $"子进程死于 SIG{sigabbrev_np(WTERMSIG(status))}");
    if (status != 0) errx(1, $"子进程的退出码是 {WEXITSTATUS(status)}");

    Console.WriteLine($"父进程：读到 {*memory}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}

static unsafe int Child(int value)
{
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, 3, 0));

    *memory = value;
    Console.WriteLine($"子进程：写入了 {value}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}
