#:project ../../examples/Posix

// 解答 04 · 描述符过不了 exec
// 描述符的编号只在本进程里有意义，把数字告诉子进程没有用。子进程拿到的描述符，是启动它的时候明确交出去的：
// posix_spawn 在子进程里 dup2 一份，新的那份不带 close-on-exec，所以过得了 exec。
//     dotnet run tutorial/solutions/04-exec.cs [值]
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

    // 交到子进程的 3 号，并告诉它是 3 号。平时全带 close-on-exec，只有明确指定的才传给子进程。
    Must(spawn_self(out int pid, ["child", "3", $"{value}"], (fd, 3)));
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
