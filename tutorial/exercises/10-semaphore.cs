#:project ../../examples/Posix

// 练习 10 · 信号量的初值与次序
// 应当怎样：接收方等到发送方写好值，读出同一个值。
// 现在怎样：时好时坏（多运行几次），常常读到 0。
// 看哪一章：tutorial/10-shm-semaphore.md，示例 10-ShmSemaphore。
// TODO：让接收方打印的总是发送方写入的值，不论谁先走到哪一步。
// 怎样判定：父进程启动 receiver 和 sender；检查器让一方停在每一步，另一方走到不能再走，对方多久不来都等；值也可以是 0。
// 信号量数的是写好了、还没有读的值，开始时一个也没有。值在对象的开头；对象和信号量的名字不要改。
//     dotnet run tutorial/my/10-semaphore.cs [名字 值]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-10", Random.Shared.Next(1000, 10000)),
    ["receiver", var name] => Receiver(name),
    ["sender", var name, var text] when int.TryParse(text, out int value) => Sender(name, value),
    [var name, var text] when int.TryParse(text, out int value) => Parent(name, value),
    _ => errx(2, "用法：10-semaphore.cs [名字 值]（名字形如 /abc）"),
};

static unsafe int Parent(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    Must(ftruncate(fd, sizeof(int)));
    Must(sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 1), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => sem_unlink(name + "_sem");
    return spawn_both(["receiver", name], ["sender", name, $"{value}"]);
}

static unsafe int Sender(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    var sem = Must(sem_open(name + "_sem", 0), name);
    Must(sem_post(sem));
    *memory = value;
    return 0;
}

static unsafe int Receiver(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));
    var sem = Must(sem_open(name + "_sem", 0), name);
    Must(sem_wait(sem));
    Console.WriteLine($"接收方：读到 {*memory}");
    return 0;
}
