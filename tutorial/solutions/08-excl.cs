#:project ../../examples/Posix

// 解答 08 · 只有一个创建者
// O_CREAT 是「没有就创建，有就打开」，分不出是哪一种。加上 O_EXCL，创建不成就得到 EEXIST，
// 内核保证几个进程同时来也只有一个成功。先看有没有再创建是不行的：看过之后、动手之前，别人可能已经创建好了。
//     dotnet run tutorial/solutions/08-excl.cs [名字]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-08"),
    [var name] => Parent(name),
    ["member", var name, var text] when int.TryParse(text, out int value) => Member(name, value),
    _ => errx(2, "用法：08-excl.cs [名字]（名字形如 /abc）"),
};

static int Parent(string name)
{
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    for (int i = 1; i <= 3; i++) Must(spawn_self(out _, ["member", name, $"{i * 111}"]));

    int exitCode = 0;
    for (int i = 1; i <= 3; i++)
    {
        Must(waitpid(-1, out int status, 0));
        if (status != 0) exitCode = 1;
    }

    return exitCode;
}

static unsafe int Member(string name, int value)
{
    // 先要求创建。成功的那一个才是创建者；得到 EEXIST 的就去打开别人创建好的。
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name, (EEXIST, Allowed));
    if (fd == -1)
    {
        fd = Must(shm_open(name, O_RDWR, 0), name);
        Console.WriteLine("加入者");
        Must(close(fd));
        return 0;
    }

    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    *memory = value;
    Console.WriteLine($"创建者：写入了 {value}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}
