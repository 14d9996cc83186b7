#:project ../../examples/Posix

// 练习 04 · 偏移要对齐页
//
// 应当怎样：父进程把值写在文件的任意一个偏移处，子进程用映射读出它。偏移多少都行，值跨在两页之间也行。
// 现在怎样：子进程的 mmap 得到 EINVAL，除非偏移碰巧是页大小的整数倍。
// 看哪一章：tutorial/02-mmap.md，示例 02-Mmap/Placement。
//
// TODO：让 reader 读得出任意偏移处的 int。
//
//     dotnet run tutorial/my/04-offset.cs [路径 偏移 值]
//
// 检查器也这样启动它，还会单独启动 reader；参数、角色名和打印的值不要改，其余随便改。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(Path.GetTempFileName(), 6000, Random.Shared.Next(1000, 10000)),
    ["reader", var path, var at] when long.TryParse(at, out long offset) => Reader(path, offset),
    [var path, var at, var text] when long.TryParse(at, out long offset) && int.TryParse(text, out int value) => Parent(path, offset, value),
    _ => Usage(),
};

static unsafe int Parent(string path, long offset, int value)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"父进程 open(\"{path}\")");
    try
    {
        if (pwrite(fd, &value, sizeof(int), offset) != sizeof(int)) return Fail(errno, "pwrite");

        Errno error = spawn_self(out int pid, ["reader", path, $"{offset}"]);
        if (error != 0) return Fail(error, "posix_spawn");
        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, "waitpid");
        return status == 0 ? 0 : 1;
    }
    finally
    {
        close(fd);
        unlink(path);
    }
}

static unsafe int Reader(string path, long offset)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) return Fail(errno, $"子进程 open(\"{path}\")");

    byte* memory = (byte*)mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, offset);
    if (memory == MAP_FAILED) return Fail(errno, $"mmap(…, offset {offset})");

    Console.WriteLine($"子进程：偏移 {offset} 处是 {*(int*)memory}");
    munmap(memory, sizeof(int));
    close(fd);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：04-offset.cs [路径 偏移 值]（路径的文件用完会删掉）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
