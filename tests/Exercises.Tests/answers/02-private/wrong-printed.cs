#:project ../../examples/Posix

// 错：不看内存里有没有，读到 0 就打印参数里的值。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child", var text] when int.TryParse(text, out int value) => Child(value),
    _ => Usage(),
};

static unsafe int Parent(int value)
{
    int fd = memfd_create("exercise-02", MFD_CLOEXEC);
    if (fd == -1) return Fail(errno, "memfd_create");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");

    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "父进程 mmap");
    *memory = 0;

    Errno error = spawn_self(out int pid, ["child", $"{value}"], (fd, 3));
    if (error != 0) return Fail(error, "posix_spawn");
    if (waitpid(pid, out int status, 0) == -1) return Fail(errno, "waitpid");
    if (status != 0) return 1;

    Console.WriteLine($"父进程：读到 {(*memory != 0 ? *memory : value)}");
    munmap(memory, sizeof(int));
    close(fd);
    return 0;
}

static unsafe int Child(int value)
{
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_PRIVATE, 3, 0);
    if (memory == MAP_FAILED) return Fail(errno, "子进程 mmap");

    *memory = value;
    Console.WriteLine($"子进程：存了，读回来是 {*memory}");
    munmap(memory, sizeof(int));
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：02-private.cs [值]");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
