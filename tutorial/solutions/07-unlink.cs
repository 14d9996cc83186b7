#:project ../../examples/Posix

// 解答 07 · 谁创建的名字，谁删除
// 进程结束，描述符和映射都没有了，/dev/shm 里的名字还在：内存照占，下一次 O_EXCL 得到 EEXIST。
// 删名字要放在哪一条路都会经过的地方，不能只在成功的时候删。也不能删得太早：子进程要凭名字打开。
// finally 在 return 和异常之后会执行，在 Environment.Exit 之后不会；ProcessExit 都会执行，只有信号杀死的来不及。
//     dotnet run tutorial/solutions/07-unlink.cs [名字 值]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-07", Random.Shared.Next(1000, 10000)),
    [var name, var text] when name != "child" && int.TryParse(text, out int value) => Parent(name, value),
    ["child", var name] => Child(name),
    _ => errx(2, "用法：07-unlink.cs [名字 值]（名字形如 /abc）"),
};

static unsafe int Parent(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);

    // 是自己创建的，才轮到自己删，所以登记在创建之后；也只隔这一行，之后无论怎样退出都会执行。
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);

    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = value;

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    if (status != 0) errx(1, "子进程没有正常结束");

    Console.WriteLine("父进程：子进程已经读完");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
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
