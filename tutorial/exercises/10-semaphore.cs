#:project ../../examples/Posix

// 练习 10 · 信号量的初值与次序
//
// 应当怎样：接收方等到发送方存好值，读出同一个值。
// 现在怎样：时好时坏（多运行几次）：接收方没有等，常常读到 0；就算它等了，醒来的时候值也可能还没有存。
// 看哪一章：tutorial/10-shm-semaphore.md，示例 10-ShmSemaphore。
//
// TODO：让接收方等得到，而且等到的时候值一定已经存好。
//
//     dotnet run tutorial/my/10-semaphore.cs [名字 值]
//
// 检查器也这样启动它，还会单独启动 receiver 或 sender，自己扮演另一方（信号量从 0 开始，存好了 post 一次）；
// 参数、角色名、打印的值、对象和信号量的名字不要改，其余随便改。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-10", Random.Shared.Next(1000, 10000)),
    ["receiver", var name] => Receiver(name),
    ["sender", var name, var text] when int.TryParse(text, out int value) => Sender(name, value),
    [var name, var text] when int.TryParse(text, out int value) => Parent(name, value),
    _ => Usage(),
};

static unsafe int Parent(string name, int value)
{
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\")");
    try
    {
        if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, "ftruncate");

        sem_t* sem = sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 1);
        if (sem == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_sem\")");
        sem_close(sem);

        Errno error = spawn_self(out int receiver, ["receiver", name]);
        if (error != 0) return Fail(error, "posix_spawn");
        error = spawn_self(out int sender, ["sender", name, $"{value}"]);
        bool sent = error == 0 && waitpid(sender, out int status, 0) == sender && status == 0;

        // 没有发成，就不会有人 post，接收方不能一直等下去。
        if (!sent) kill(receiver, SIGTERM);
        bool received = waitpid(receiver, out status, 0) == receiver && status == 0;
        return sent && received ? 0 : 1;
    }
    finally
    {
        close(fd);
        sem_unlink(name + "_sem");
        shm_unlink(name);
    }
}

static unsafe int Sender(string name, int value)
{
    int fd = shm_open(name, O_RDWR, 0);
    if (fd == -1) return Fail(errno, $"发送方 shm_open(\"{name}\")");
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "发送方 mmap");
    sem_t* sem = sem_open(name + "_sem", 0);
    if (sem == SEM_FAILED) return Fail(errno, $"发送方 sem_open(\"{name}_sem\")");

    if (sem_post(sem) == -1) return Fail(errno, "sem_post");
    *memory = value;

    munmap(memory, sizeof(int));
    sem_close(sem);
    close(fd);
    return 0;
}

static unsafe int Receiver(string name)
{
    int fd = shm_open(name, O_RDONLY, 0);
    if (fd == -1) return Fail(errno, $"接收方 shm_open(\"{name}\")");
    int* memory = (int*)mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "接收方 mmap");
    sem_t* sem = sem_open(name + "_sem", 0);
    if (sem == SEM_FAILED) return Fail(errno, $"接收方 sem_open(\"{name}_sem\")");

    if (sem_wait(sem) == -1) return Fail(errno, "sem_wait");
    Console.WriteLine($"接收方：读到 {*memory}");

    munmap(memory, sizeof(int));
    sem_close(sem);
    close(fd);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：10-semaphore.cs [名字 值]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
