#:project ../../examples/Posix

// 练习 10 · 信号量的初值与次序
//
// 应当怎样：接收方等到发送方写好值，读出同一个值。
// 现在怎样：时好时坏（多运行几次）：接收方没有等，常常读到 0；就算它等了，醒来的时候值也可能还没有写入。
// 看哪一章：tutorial/10-shm-semaphore.md，示例 10-ShmSemaphore。
//
// TODO：让接收方等得到，而且等到的时候值一定已经写好。
//
//     dotnet run tutorial/my/10-semaphore.cs [名字 值]
//
// 检查器也这样启动它，还会单独启动 receiver 或 sender，自己扮演另一方（信号量从 0 开始，写好了 post 一次）；
// 参数、角色名、打印的值、对象和信号量的名字不要改，其余随便改。
using Posix;
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
    Must(close(fd));
    Must(sem_close(Must(sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 1), name)));
    AppDomain.CurrentDomain.ProcessExit += (_, _) => sem_unlink(name + "_sem");

    Must(spawn_self(out int receiver, ["receiver", name]));
    Errno error = spawn_self(out int sender, ["sender", name, $"{value}"]);

    // 没有发成，就不会有人 post，接收方不能一直等下去。
    bool sent = error == 0 && waitpid(sender, out int status, 0) == sender && status == 0;
    if (!sent) kill(receiver, SIGTERM);
    bool received = waitpid(receiver, out status, 0) == receiver && status == 0;
    Must(error, call: "启动发送方");
    return sent && received ? 0 : 1;
}

static unsafe int Sender(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    sem_t* sem = Must(sem_open(name + "_sem", 0), name);

    Must(sem_post(sem));
    *memory = value;

    Must(munmap(memory, sizeof(int)));
    Must(sem_close(sem));
    Must(close(fd));
    return 0;
}

static unsafe int Receiver(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));
    sem_t* sem = Must(sem_open(name + "_sem", 0), name);

    Must(sem_wait(sem));
    Console.WriteLine($"接收方：读到 {*memory}");

    Must(munmap(memory, sizeof(int)));
    Must(sem_close(sem));
    Must(close(fd));
    return 0;
}
