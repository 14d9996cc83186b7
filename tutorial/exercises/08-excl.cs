#:project ../../examples/Posix

// 练习 08 · 只有一个创建者
// 应当怎样：几个进程同时来，恰好一个是创建者，由它设大小、写入初值；其余的是加入者，只打开，什么也不改。
// 现在怎样：每个进程都说自己是创建者，后来的覆盖了先来的值。
// 看哪一章：tutorial/08-shm-open.md，示例 08-ShmOpen。
// TODO：让 member 分得清对象是不是自己创建的。几个进程在同一瞬间来，也只能有一个创建者。
// 怎样判定：member 停在每一步，检查器抢先创建好对象，或者又来一个。创建时得到 EEXIST，又打开得了对象，才是加入者；
// 得到别的错误，或者打不开，就写一行错误，退出码不是 0。参数、角色名和打印的词不要改，其余随便改。
//     dotnet run tutorial/my/08-excl.cs [名字]
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
    // 是加入者，就打印「加入者」，到此为止；检查器认「创建者」「加入者」这两个词。
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    *memory = value;
    Console.WriteLine($"创建者：写入了 {value}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}
