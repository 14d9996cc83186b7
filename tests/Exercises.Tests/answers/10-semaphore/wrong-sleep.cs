#:project ../../examples/Posix

// 错：接收方不等信号量，睡 300 毫秒。
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

        sem_t* sem = sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
        if (sem == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_sem\")");
        sem_close(sem);

        Errno error = spawn_self(out int receiver, ["receiver", name]);
        if (error != 0) return Fail(error, "posix_spawn");
        error = spawn_self(out int sender, ["sender", name, $"{value}"]);
        bool sent = error == 0 && waitpid(sender, out int status, 0) == sender && status == 0;

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

    *memory = value;
    if (sem_post(sem) == -1) return Fail(errno, "sem_post");

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

    Thread.Sleep(300);
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
