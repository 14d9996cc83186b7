#:project ../../examples/Posix

// 练习 18 · 子进程是怎样结束的
// 应当怎样：子进程正常结束，父进程打印它写入的值；退出码不是 0，打印「退出码 7」；被信号杀死，打印「死于 SIGKILL」。
// 现在怎样：不管子进程是怎样结束的，父进程都打印内存里的值：那可能是旧的，也可能只写了一半。
// 看哪一章：tutorial/05-anonymous-mapping.md，示例 05-AnonymousMapping；man 2 waitpid。
// TODO：看 waitpid 给的状态，说出子进程是怎样结束的；不是正常结束的，不打印值，父进程的退出码是 1。
// 怎样判定：检查器让子进程以各种退出码结束，在每一步用各种信号杀死它，也只是停住它；值可以是 1。说在标准错误里也行。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/18-died.cs [值 [子进程的退出码]]
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
    Console.WriteLine($"父进程：读到 {*memory}");
    return 0;
}

static unsafe int Child(int value, int code)
{
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));
    *memory = value;
    return code;
}
