#:project ../../examples/Posix

// 练习 06 · 对象的大小
// 应当怎样：父进程创建共享内存对象，写入一个值；子进程凭名字打开，读出它；最后删掉名字。
// 现在怎样：每个调用都成功，父进程却死在写入值的那一行，还把名字留在了 /dev/shm。
// 看哪一章：tutorial/10-shm-semaphore.md，示例 10-ShmSemaphore/Sender。
// TODO：让对象装得下一个 int。
// （自己运行，崩溃留下的名字要先删掉，才能再运行：rm /dev/shm/用户名-06。检查器用别的名字，与它无关。）
// 怎样判定：子进程打印的是内存里的值（也可以是 0），只凭名字打开；调用失败、子进程没有做完就死了，以非 0 的退出码说出来，名字不留。打印的值不要改。
//     dotnet run tutorial/my/06-ftruncate.cs [名字 值]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-06", Random.Shared.Next(1000, 10000)),
    [var name, var text] when name != "child" && int.TryParse(text, out int value) => Parent(name, value),
    ["child", var name] => Child(name),
    _ => errx(2, "用法：06-ftruncate.cs [名字 值]（名字形如 /abc）"),
};

static unsafe int Parent(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);

    // Must 失败就地退出，finally 不会执行；登记在 ProcessExit 里的，这时也会执行。
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);

    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = value;

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return status == 0 ? 0 : 1;
}

static unsafe int Child(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));

    Console.WriteLine($"子进程：读到 {*memory}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}
