#:project ../../examples/Posix

// 解答 10 · 信号量的初值与次序
// 这里的信号量数的是「已经写好、还没有读的消息」。开始时一条也没有，初值是 0；初值 1 是给锁用的，表示「可以进去一个」。
// 写好了才能通知：先写入，后 post。反过来，接收方醒来的时候，值可能还没有写入。
//     dotnet run tutorial/solutions/10-semaphore.cs [名字 值]
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
    // 还没有写好的值，所以是 0。
    Must(sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => sem_unlink(name + "_sem");
    return spawn_both(["receiver", name], ["sender", name, $"{value}"]);
}

static unsafe int Sender(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    var sem = Must(sem_open(name + "_sem", 0), name);
    // 先写入，后通知。post 之前写入的，等到它的一方都看得到。
    *memory = value;
    Must(sem_post(sem));
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
