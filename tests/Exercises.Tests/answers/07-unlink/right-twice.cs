#:project ../../examples/Posix

// 对：等完就删一次，finally 里再删一次，已经不在也不要紧。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-07", Random.Shared.Next(1000, 10000)),
    [var name, var text] when name != "child" && int.TryParse(text, out int value) => Parent(name, value),
    ["child", var name] => Child(name),
    _ => Usage(),
};

static unsafe int Parent(string name, int value)
{
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"父进程 shm_open(\"{name}\")");

    try
    {
        if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");
        int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) return Fail(errno, "父进程 mmap");
        *memory = value;

        Errno error = spawn_self(out int pid, ["child", name]);
        if (error != 0) return Fail(error, "posix_spawn");
        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, "waitpid");
        shm_unlink(name);
        munmap(memory, sizeof(int));
        if (status != 0)
        {
            Console.Error.WriteLine("子进程没有正常结束");
            return 1;
        }

        Console.WriteLine("父进程：子进程已经读完");
        return 0;
    }
    finally
    {
        close(fd);
        if (shm_unlink(name) == -1 && errno != ENOENT) Fail(errno, $"shm_unlink(\"{name}\")");
    }
}

static unsafe int Child(string name)
{
    int fd = shm_open(name, O_RDONLY, 0);
    if (fd == -1) return Fail(errno, $"子进程 shm_open(\"{name}\")");

    int* memory = (int*)mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "子进程 mmap");
    Console.WriteLine($"子进程：读到 {*memory}");
    munmap(memory, sizeof(int));
    close(fd);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：07-unlink.cs [名字 值]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
