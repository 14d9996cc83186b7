#:project ../../examples/Posix

// 解答 12 · 环形缓冲区
// 八个格子绕圈用。一个信号量数「有多少格写好了」，初值 0，消费者取之前等它；
// 另一个数「有多少格空着」，初值 8，生产者放之前等它。每放一个、取一个，都通知对方。
// 少了后一个，生产者会绕回来，覆盖了还没有取走的值。生产者和消费者各只有一个，所以下标不用共享，也不用锁。
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
    _ => errx(2, "用法：12-ring-buffer.cs [名字 值…]（名字形如 /abc）"),
};

static unsafe int Parent(string name, string[] values)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    Must(ftruncate(fd, Slots * sizeof(int)));
    Must(close(fd));
    Create(name + "_used", 0);
    Create(name + "_free", Slots);

    return spawn_both(["consumer", name, $"{values.Length}"], ["producer", name, .. values]);
}

static unsafe int Producer(string name, string[] values)
{
    int* slots = Map(name);
    sem_t* used = Open(name + "_used"), free = Open(name + "_free");
    for (int i = 0; i < values.Length; i++)
    {
        // 等一个空格，放进去，再通知多了一个。
        Must(sem_wait(free));
        slots[i % Slots] = int.Parse(values[i]);
        Must(sem_post(used));
    }

    return 0;
}

static unsafe int Consumer(string name, int count)
{
    int* slots = Map(name);
    sem_t* used = Open(name + "_used"), free = Open(name + "_free");
    for (int i = 0; i < count; i++)
    {
        // 等一个写好的，取出来，再通知空了一格。打印在 post 之后也行，取必须在之前。
        Must(sem_wait(used));
        int value = slots[i % Slots];
        Must(sem_post(free));
        Console.WriteLine($"消费者：{value}");
    }

    return 0;
}

// 创建一个信号量，父进程退出的时候删掉。
static unsafe void Create(string name, uint value)
{
    Must(sem_close(Must(sem_open(name, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, value), name)));
    AppDomain.CurrentDomain.ProcessExit += (_, _) => sem_unlink(name);
}

// 打开的信号量、映射，进程结束的时候内核都会收回。
static unsafe sem_t* Open(string name) => Must(sem_open(name, 0), name);

static unsafe int* Map(string name)
{
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    return (int*)Must(mmap(null, Slots * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}
