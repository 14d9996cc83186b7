#:project ../../examples/Posix

// 练习 05 · 偏移要对齐页
// 应当怎样：父进程把值写在文件的任意一个偏移处，子进程用映射读出它。
// 现在怎样：子进程的 mmap 得到 EINVAL，除非偏移碰巧是页大小的整数倍。
// 看哪一章：tutorial/02-mmap.md，示例 02-Mmap/Placement。
// TODO：让 reader 读得出任意偏移处的 int：跨在两页之间的、超过 2 GiB 的，都行。
// 怎样判定：检查器还会单独启动 reader，读它自己写的文件。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/05-offset.cs [路径 偏移 值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Path.GetTempFileName(), 6000, Random.Shared.Next(1000, 10000)),
    ["reader", var path, var at] when long.TryParse(at, out long offset) => Reader(path, offset),
    [var path, var at, var text] when long.TryParse(at, out long offset) && int.TryParse(text, out int value) => Parent(path, offset, value),
    _ => errx(2, "用法：05-offset.cs [路径 偏移 值]（路径的文件用完会删掉）"),
};

static unsafe int Parent(string path, long offset, int value)
{
    int fd = Must(open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR), path);

    // Must 失败就地退出，finally 不会执行；登记在 ProcessExit 里的，这时也会执行。
    AppDomain.CurrentDomain.ProcessExit += (_, _) => unlink(path);

    if (Must(pwrite(fd, &value, sizeof(int), offset), offset) != sizeof(int)) errx(1, $"pwrite: {path} 没有写完");

    Must(spawn_self(out int pid, ["reader", path, $"{offset}"]));
    Must(waitpid(pid, out int status, 0));
    Must(close(fd));
    return status == 0 ? 0 : 1;
}

static unsafe int Reader(string path, long offset)
{
    int fd = Must(open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), path);
    byte* memory = (byte*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, offset), offset);

    Console.WriteLine($"子进程：偏移 {offset} 处是 {*(int*)memory}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}
