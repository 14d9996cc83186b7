#:project ../../examples/Posix

// 解答 03 · 等子进程
// 启动之后，父子进程互不等待，先后没有保证；sleep 多久都是猜，忙的时候不够，闲的时候白等。
// waitpid 等到子进程真的结束：之前写入的值都看得到，还知道它是怎样结束的，也不留下僵尸进程。
//     dotnet run tutorial/solutions/03-waitpid.cs [值]
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

    // 先等它结束，再看它是不是正常结束：崩溃的子进程没有写过值。
    Must(waitpid(pid, out int status, 0));
    if (status != 0) return 1;

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
