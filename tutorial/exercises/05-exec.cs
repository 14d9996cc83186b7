#:project ../../examples/Posix

// 练习 05 · 描述符过不了 exec
//
// 应当怎样：父进程把一块没有名字的共享内存交给子进程，子进程存值，父进程读出同一个值。
// 现在怎样：父进程把描述符的编号告诉了子进程，子进程却说没有这个描述符（EBADF），或者那不是父进程的内存。
// 看哪一章：tutorial/05-anonymous-mapping.md，示例 05-AnonymousMapping。
//
// TODO：让子进程真的拿到那个描述符。
//
//     dotnet run tutorial/my/05-exec.cs [值]
//
// 检查器也这样启动它；参数、角色名和打印的值不要改，其余随便改。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var number, var text] when int.TryParse(number, out int fd) && int.TryParse(text, out int value) => Child(fd, value),
    _ => Usage(),
};

static unsafe int Parent(int value)
{
    int fd = memfd_create("exercise-05", MFD_CLOEXEC);
    if (fd == -1) return Fail(errno, "memfd_create");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");

    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "父进程 mmap");

    Errno error = spawn_self(out int pid, ["child", $"{fd}", $"{value}"]);
    if (error != 0) return Fail(error, "posix_spawn");
    if (waitpid(pid, out int status, 0) == -1) return Fail(errno, "waitpid");
    if (status != 0) return 1;

    Console.WriteLine($"父进程：读到 {*memory}");
    munmap(memory, sizeof(int));
    close(fd);
    return 0;
}

static unsafe int Child(int fd, int value)
{
    // 这个编号在子进程里可能没有打开，也可能是 .NET 自己打开的别的文件，不能往里写。
    if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"子进程 fstat({fd})");
    if (!S_ISREG(st.st_mode) || st.st_size != sizeof(int))
    {
        Console.Error.WriteLine($"子进程的 {fd} 号描述符不是父进程的那块内存");
        return 1;
    }

    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, $"子进程 mmap(…, {fd})");
    *memory = value;
    Console.WriteLine($"子进程：存了 {value}");
    munmap(memory, sizeof(int));
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：05-exec.cs [值]");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
