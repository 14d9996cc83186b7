#:project ../../examples/Posix

// 对：先造一个自己的名字，写好，再 link 成大家的名字：link 也只有一个成功，而且加入者看到的一定是写好的。
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
    string own = $"{name}-{getpid()}";
    int fd = shm_open(own, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"shm_open(\"{own}\")");
    if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "mmap");

    *memory = value;
    bool made = Native.link("/dev/shm" + own, "/dev/shm" + name) == 0;
    shm_unlink(own);
    Console.WriteLine(made ? $"创建者：存了 {value}" : "加入者");
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

internal static partial class Native
{
    [System.Runtime.InteropServices.LibraryImport("libc", SetLastError = true, StringMarshalling = System.Runtime.InteropServices.StringMarshalling.Utf8)]
    internal static partial int link(string from, string to);
}
