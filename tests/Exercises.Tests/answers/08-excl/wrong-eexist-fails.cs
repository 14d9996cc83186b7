#:project ../../examples/Posix

// 错：加了 O_EXCL，可是 EEXIST 当作失败：加入者没有加入。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-08"),
    [var name] => Parent(name),
    ["member", var name, var text] when int.TryParse(text, out int value) => Member(name, value),
    _ => Usage(),
};

static int Parent(string name)
{
    var members = new List<int>();
    int exitCode = 0;
    for (int i = 1; i <= 3; i++)
    {
        Errno error = spawn_self(out int pid, ["member", name, $"{i * 111}"]);
        if (error == 0) members.Add(pid);
        else exitCode = Fail(error, "posix_spawn");
    }

    foreach (int pid in members)
    {
        if (waitpid(pid, out int status, 0) == -1) exitCode = Fail(errno, "waitpid");
        else if (status != 0) exitCode = 1;
    }

    if (shm_unlink(name) == -1) exitCode = Fail(errno, $"shm_unlink(\"{name}\")");
    return exitCode;
}

static unsafe int Member(string name, int value)
{
    // 是加入者，就打印「加入者」，到此为止；检查器认「创建者」「加入者」这两个词。
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT)");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "mmap");

    *memory = value;
    Console.WriteLine($"创建者：存了 {value}");
    munmap(memory, sizeof(int));
    close(fd);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：08-excl.cs [名字]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
