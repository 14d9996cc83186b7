#:project ../../examples/Posix

// 解答 01 · 映射的保护
// 保护是对这一段映射说的，不是对内存说的：同一块内存，父进程的映射可写，子进程的映射照样可以只读。
// 往只读的映射里写，CPU 报错，内核发 SIGSEGV；.NET 把它变成致命的 AccessViolationException，
// try/catch 接不住，进程以 SIGABRT 结束。要写入，映射时就要带 PROT_WRITE。
//     dotnet run tutorial/solutions/01-protection.cs [值]
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
    // 要写入，就要有 PROT_WRITE；描述符也要以可写的方式打开，memfd 本来就是。
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));

    *memory = value;
    Console.WriteLine($"子进程：写入了 {value}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}
