#:project ../../examples/Posix

// 对：不用信号量：对象里两个计数，只有一边写，另一边看，转着等。
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
        if (ftruncate(fd, (Slots + 2) * sizeof(int)) == -1) return Fail(errno, "ftruncate");

        Errno error = spawn_self(out int consumer, ["consumer", name, $"{values.Length}"]);
        if (error != 0) return Fail(error, "posix_spawn");
        error = spawn_self(out int producer, ["producer", name, .. values]);
        bool produced = error == 0 && waitpid(producer, out int status, 0) == producer && status == 0;

        if (!produced) kill(consumer, SIGTERM);
        bool consumed = waitpid(consumer, out status, 0) == consumer && status == 0;
        return produced && consumed ? 0 : 1;
    }
    finally
    {
        close(fd);
        shm_unlink(name);
    }
}

static unsafe int Producer(string name, string[] values)
{
    if (Open(name, out int* slots) != 0) return 1;
    for (int i = 0; i < values.Length; i++)
    {
        while (i - Volatile.Read(ref slots[Slots]) == Slots) Thread.Yield();
        slots[i % Slots] = int.Parse(values[i]);
        Volatile.Write(ref slots[Slots + 1], i + 1);
    }

    return Close(slots);
}

static unsafe int Consumer(string name, int count)
{
    if (Open(name, out int* slots) != 0) return 1;
    for (int i = 0; i < count; i++)
    {
        while (Volatile.Read(ref slots[Slots + 1]) <= i) Thread.Yield();
        int value = slots[i % Slots];
        Volatile.Write(ref slots[Slots], i + 1);
        Console.WriteLine($"消费者：{value}");
    }

    return Close(slots);
}

static unsafe int Open(string name, out int* slots)
{
    slots = (int*)MAP_FAILED;
    int fd = shm_open(name, O_RDWR, 0);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\")");
    slots = (int*)mmap(null, (Slots + 2) * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slots == MAP_FAILED) return Fail(errno, "mmap");
    close(fd);
    return 0;
}

static unsafe int Close(int* slots)
{
    munmap(slots, (Slots + 2) * sizeof(int));
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
