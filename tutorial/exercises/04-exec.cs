#:project ../../examples/Posix

// 练习 04 · 描述符过不了 exec
// 应当怎样：父进程把一块没有名字的共享内存交给子进程，子进程写入值，父进程等它结束，读出同一个值。
// 现在怎样：父进程把描述符的编号告诉了子进程，子进程却说没有这个描述符（EBADF），或者那不是父进程的内存。
// 看哪一章：tutorial/05-anonymous-mapping.md，示例 05-AnonymousMapping。
// TODO：让子进程真的拿到那个描述符；在子进程里它是几号，告诉子进程的就要是几号。
// 怎样判定：值由子进程写入，父进程打印的是内存里的值，这块内存没有名字。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/04-exec.cs [值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var number, var text] when int.TryParse(number, out int fd) && int.TryParse(text, out int value) => Child(fd, value),
    _ => errx(2, "用法：04-exec.cs [值]"),
};

static unsafe int Parent(int value)
{
    int fd = Must(memfd_create("exercise-04", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    Must(spawn_self(out int pid, ["child", $"{fd}", $"{value}"]));
    Must(waitpid(pid, out int status, 0));
    if (status != 0) return 1;

    Console.WriteLine($"父进程：读到 {*memory}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}

static unsafe int Child(int fd, int value)
{
    // 这个编号在子进程里可能没有打开，也可能是 .NET 自己打开的别的文件，不能往里写。
    Must(fstat(fd, out stat_t st), fd);
    if (!S_ISREG(st.st_mode) || st.st_size != sizeof(int)) errx(1, $"子进程的 {fd} 号描述符不是父进程的那块内存");

    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = value;
    Console.WriteLine($"子进程：写入了 {value}");
    Must(munmap(memory, sizeof(int)));
    return 0;
}
