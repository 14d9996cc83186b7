#:project ../../examples/Posix

// 练习 12 · 环形缓冲区
// 应当怎样：生产者把一串值放进八个格子，绕着圈用；消费者按次序一个不差地取出来。谁快谁慢都一样。
// 现在怎样：值的个数一多，生产者绕回来，覆盖了还没有取走的值；消费者取到的有重复，有缺失。
// 看哪一章：tutorial/10-shm-semaphore.md 和 13-lost-updates.md，示例 10-ShmSemaphore。
// TODO：格子满了，生产者要等；消费者取走一个，它才能再放。现在的信号量数已有的，再要一个数空着的，名字自己取。
// 怎样判定：检查器让一方停在每一步。八个格子都要用上：消费者停着，生产者应当正好放满八个，然后等。
// 值也可以是 0。参数、角色名、打印的值、八个格子和对象的名字不要改，其余随便改。
//     dotnet run tutorial/my/12-ring-buffer.cs [名字 值…]
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

    return spawn_both(["consumer", name, $"{values.Length}"], ["producer", name, .. values]);
}

static unsafe int Producer(string name, string[] values)
{
    int* slots = Map(name);
    sem_t* used = Open(name + "_used");
    for (int i = 0; i < values.Length; i++)
    {
        slots[i % Slots] = int.Parse(values[i]);
        Must(sem_post(used));
    }

    return 0;
}

static unsafe int Consumer(string name, int count)
{
    int* slots = Map(name);
    sem_t* used = Open(name + "_used");
    for (int i = 0; i < count; i++)
    {
        Must(sem_wait(used));
        Console.WriteLine($"消费者：{slots[i % Slots]}");
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
