#:project ../../examples/Posix

// 解答 18 · 子进程是怎样结束的
// status 不是退出码：先问 WIFSIGNALED，是被信号杀死的，WTERMSIG 是哪一个；否则 WEXITSTATUS 才是退出码。
// 没有正常结束的子进程，写没写、写了多少，谁也不知道，所以它的值不能用。
//     dotnet run tutorial/solutions/18-died.cs [值 [子进程的退出码]]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000), 0),
    ["child", var text, var code] => Child(int.Parse(text), int.Parse(code)),
    [var text] when int.TryParse(text, out int value) => Parent(value, 0),
    [var text, var code] when int.TryParse(text, out int value) && int.TryParse(code, out int c) => Parent(value, c),
    _ => errx(2, "用法：18-died.cs [值 [子进程的退出码]]"),
};

static unsafe int Parent(int value, int code)
{
    int fd = Must(memfd_create("exercise-18", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = 1;

    Must(spawn_self(out int pid, ["child", $"{value}", $"{code}"], (fd, 3)));
    Must(waitpid(pid, out int status, 0));
    if (WIFSIGNALED(status)) Console.WriteLine($"父进程：子进程死于 SIG{sigabbrev_np(WTERMSIG(status))}");
    else if (status != 0) Console.WriteLine($"父进程：子进程的退出码 {WEXITSTATUS(status)}");
    if (status != 0) return 1;
    Console.WriteLine($"父进程：读到 {*memory}");
    return 0;
}

static unsafe int Child(int value, int code)
{
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));
    *memory = value;
    return code;
}
