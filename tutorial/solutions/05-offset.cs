#:project ../../examples/Posix

// 解答 05 · 偏移要对齐页
// 映射以页为单位，offset 必须是页大小的整数倍，否则 EINVAL。要看的字节不在页的开头，就从它所在的页映射起，
// 再在映射里往后走。长度也要跟着加上这一段，不然要看的字节可能落在映射之外。
//     dotnet run tutorial/solutions/05-offset.cs [路径 偏移 值]
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

    // 页的大小要问，不能写死 4096：arm64 上可以是 16 KiB 或 64 KiB。
    long into = offset % getpagesize();
    nuint length = (nuint)into + sizeof(int);
    byte* memory = (byte*)Must(mmap(null, length, PROT_READ, MAP_SHARED, fd, offset - into), offset - into);

    // 值可以跨在两页之间，int* 也不要求按 4 对齐：x64 与 arm64 都能读没有对齐的 int。
    Console.WriteLine($"子进程：偏移 {offset} 处是 {*(int*)(memory + into)}");
    Must(munmap(memory, length));
    Must(close(fd));
    return 0;
}
