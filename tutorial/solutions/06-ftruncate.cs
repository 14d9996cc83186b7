#:project ../../examples/Posix

// 解答 06 · 对象的大小
// 刚创建的共享内存对象大小是 0。mmap 不看大小，照样成功；访问对象末页之后的地址，才收到 SIGBUS。
// 先 ftruncate 再映射。/dev/shm 可能满的时候再加 posix_fallocate，见第 14 章。
//     dotnet run tutorial/solutions/06-ftruncate.cs [名字 值]
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

    // 大小不够，后面的 mmap 也不会说。
    Must(ftruncate(fd, sizeof(int)));
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
