#:project ../../examples/Posix

// 解答 12 · 环形缓冲区
//
// 八个格子绕圈用。一个信号量数「有多少格写好了」，初值 0，消费者取之前等它；
// 另一个数「有多少格空着」，初值 8，生产者放之前等它。每放一个、取一个，都报给对方。
// 少了后一个，生产者会绕回来，把还没取走的盖掉。生产者和消费者各只有一个，所以下标不用共享，也不用锁。
//
//     dotnet run tutorial/solutions/12-ring-buffer.cs [名字 值…]
using Posix;
using static Posix.Libc;

const int Slots = 8;

return args switch
{
    [] => Parent($"/{Environment.UserName}-12", [.. Enumerable.Range(1, 30).Select(i => $"{i * i}")]),
    ["producer", var name, .. var values] => Producer(name, values),
    ["consumer", var name, var text] when int.TryParse(text, out int count) => Consumer(name, count),
    [var name, .. var values] when values.All(v => int.TryParse(v, out _)) => Parent(name, values),
    _ => Usage(),
};

static unsafe int Parent(string name, string[] values)
{
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\")");
    try
    {
        if (ftruncate(fd, Slots * sizeof(int)) == -1) return Fail(errno, "ftruncate");
        sem_t* used = sem_open(name + "_used", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
        if (used == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_used\")");
        sem_close(used);
        sem_t* free = sem_open(name + "_free", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, Slots);
        if (free == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_free\")");
        sem_close(free);

        Errno error = spawn_self(out int consumer, ["consumer", name, $"{values.Length}"]);
        if (error != 0) return Fail(error, "posix_spawn");
        error = spawn_self(out int producer, ["producer", name, .. values]);
        bool failed = error != 0;
        if (failed)
        {
            Fail(error, "posix_spawn");
            kill(consumer, SIGTERM);
        }

        // 先结束的若是失败了，另一个永远等不到它：也结束掉。
        for (int left = failed ? 1 : 2; left > 0; left--)
        {
            int pid = waitpid(-1, out int status, 0);
            if (pid != -1 && status == 0) continue;
            failed = true;
            if (left == 2) kill(pid == consumer ? producer : consumer, SIGTERM);
        }

        return failed ? 1 : 0;
    }
    finally
    {
        close(fd);
        sem_unlink(name + "_used");
        sem_unlink(name + "_free");
        shm_unlink(name);
    }
}

static unsafe int Producer(string name, string[] values)
{
    if (Open(name, out int* slots, out sem_t* used, out sem_t* free) != 0) return 1;
    for (int i = 0; i < values.Length; i++)
    {
        // 等一个空格，放进去，再报多了一个。
        if (sem_wait(free) == -1) return Fail(errno, "sem_wait");
        slots[i % Slots] = int.Parse(values[i]);
        if (sem_post(used) == -1) return Fail(errno, "sem_post");
    }

    return Close(slots, used, free);
}

static unsafe int Consumer(string name, int count)
{
    if (Open(name, out int* slots, out sem_t* used, out sem_t* free) != 0) return 1;
    for (int i = 0; i < count; i++)
    {
        // 等一个写好的，取出来，再报空了一格。打印在 post 之后也行，取必须在之前。
        if (sem_wait(used) == -1) return Fail(errno, "sem_wait");
        int value = slots[i % Slots];
        if (sem_post(free) == -1) return Fail(errno, "sem_post");
        Console.WriteLine($"消费者：{value}");
    }

    return Close(slots, used, free);
}

static unsafe int Open(string name, out int* slots, out sem_t* used, out sem_t* free)
{
    used = free = null;
    slots = (int*)MAP_FAILED;
    int fd = shm_open(name, O_RDWR, 0);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\")");
    slots = (int*)mmap(null, Slots * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slots == MAP_FAILED) return Fail(errno, "mmap");
    close(fd);
    used = sem_open(name + "_used", 0);
    if (used == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_used\")");
    free = sem_open(name + "_free", 0);
    return free == SEM_FAILED ? Fail(errno, $"sem_open(\"{name}_free\")") : 0;
}

static unsafe int Close(int* slots, sem_t* used, sem_t* free)
{
    munmap(slots, Slots * sizeof(int));
    sem_close(used);
    sem_close(free);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：12-ring-buffer.cs [名字 值…]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
