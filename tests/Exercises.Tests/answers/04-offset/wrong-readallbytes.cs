#:project ../../examples/Posix

// 错：没有映射，把整个文件读进来。
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

    byte[] content = File.ReadAllBytes(path);
    Console.WriteLine($"子进程：偏移 {offset} 处是 {BitConverter.ToInt32(content, (int)offset)}");
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
