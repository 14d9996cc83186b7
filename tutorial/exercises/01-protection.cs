#:project ../../examples/Posix

// 练习 01 · 映射的保护
//
// 应当怎样：子进程把值存进共享内存，父进程等它结束，读出同一个值。
// 现在怎样：子进程刚要存就死了，父进程什么也没读到。
// 看哪一章：tutorial/02-mmap.md，示例 02-Mmap/Protection。
//
// TODO：让子进程存得进去。
//
//     dotnet run tutorial/my/01-protection.cs [值]
//
// 检查器也这样启动它；参数、角色名和打印的值不要改，其余随便改。
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
    int fd = memfd_create("exercise-01", MFD_CLOEXEC);
    if (fd == -1) return Fail(errno, "memfd_create");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");

    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "父进程 mmap");

    Errno error = spawn_self(out int pid, ["child", $"{value}"], (fd, 3));
    if (error != 0) return Fail(error, "posix_spawn");
    if (waitpid(pid, out int status, 0) == -1) return Fail(errno, "waitpid");
    if (status != 0)
    {
        Console.Error.WriteLine(WIFSIGNALED(status) ? $"子进程死于 SIG{sigabbrev_np(WTERMSIG(status))}" : $"子进程的退出码是 {WEXITSTATUS(status)}");
        return 1;
    }

    Console.WriteLine($"父进程：读到 {*memory}");
    munmap(memory, sizeof(int));
    close(fd);
    return 0;
}

static unsafe int Child(int value)
{
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ, MAP_SHARED, 3, 0);
    if (memory == MAP_FAILED) return Fail(errno, "子进程 mmap");

    *memory = value;
    Console.WriteLine($"子进程：存了 {value}");
    munmap(memory, sizeof(int));
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：01-protection.cs [值]");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
