#:project ../../examples/Posix

// 练习 12 · 环形缓冲区
//
// 应当怎样：生产者把一串值放进八个格子，绕着圈用；消费者按次序一个不差地取出来。生产者快、消费者慢，或者反过来，都一样。
// 现在怎样：值的个数一多，生产者绕回来，把还没取走的盖掉；消费者取到的有重复，有缺失。
// 看哪一章：tutorial/10-shm-semaphore.md 和 13-lost-updates.md，示例 10-ShmSemaphore。
//
// TODO：格子满了，生产者要等；消费者取走一个，它才能再放。一个信号量数已有的，还要一个数空着的，名字自己取。
//
//     dotnet run tutorial/my/12-ring-buffer.cs [名字 值…]
//
// 检查器也这样启动它，还会让其中一方停一停；参数、角色名、打印的值、八个格子和对象的名字不要改，其余随便改。
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
        shm_unlink(name);
    }
}

static unsafe int Producer(string name, string[] values)
{
    if (Open(name, out int* slots, out sem_t* used) != 0) return 1;
    for (int i = 0; i < values.Length; i++)
    {
        slots[i % Slots] = int.Parse(values[i]);
        if (sem_post(used) == -1) return Fail(errno, "sem_post");
    }

    return Close(slots, used);
}

static unsafe int Consumer(string name, int count)
{
    if (Open(name, out int* slots, out sem_t* used) != 0) return 1;
    for (int i = 0; i < count; i++)
    {
        if (sem_wait(used) == -1) return Fail(errno, "sem_wait");
        Console.WriteLine($"消费者：{slots[i % Slots]}");
    }

    return Close(slots, used);
}

static unsafe int Open(string name, out int* slots, out sem_t* used)
{
    used = null;
    slots = (int*)MAP_FAILED;
    int fd = shm_open(name, O_RDWR, 0);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\")");
    slots = (int*)mmap(null, Slots * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slots == MAP_FAILED) return Fail(errno, "mmap");
    close(fd);
    used = sem_open(name + "_used", 0);
    return used == SEM_FAILED ? Fail(errno, $"sem_open(\"{name}_used\")") : 0;
}

static unsafe int Close(int* slots, sem_t* used)
{
    munmap(slots, Slots * sizeof(int));
    sem_close(used);
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
