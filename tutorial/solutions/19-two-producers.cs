#:project ../../examples/Posix

// 解答 19 · 两个生产者
// 「看下一个是第几格、放进去、往后挪一格、post」要一起做完，中间不能有另一个生产者：用一个初值 1 的信号量当锁。
// 只用 Interlocked.Increment 领格子还不够：先领的若还没有放，后领的先 post 了，消费者就取到没有放好的那一格。
//     dotnet run tutorial/solutions/19-two-producers.cs [名字 值…]
using static Posix.Libc;

const int Slots = 8;

return args switch
{
    [] => Parent($"/{Environment.UserName}-19", [.. Enumerable.Range(1, 20).Select(i => $"{i * i}")]),
    ["producer", var name, .. var values] => Producer(name, values),
    ["consumer", var name, var text] when int.TryParse(text, out int count) => Consumer(name, count),
    [var name, .. var values] when values.All(v => int.TryParse(v, out _)) => Parent(name, values),
    _ => errx(2, "用法：19-two-producers.cs [名字 值…]（名字形如 /abc）"),
};

static unsafe int Parent(string name, string[] values)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    Must(ftruncate(fd, sizeof(Ring)));
    Ring* ring = Map(name);
    Must(sem_init(&ring->Used, 1, 0));
    Must(sem_init(&ring->Free, 1, Slots));
    Must(sem_init(&ring->Lock, 1, 1));

    int half = values.Length / 2;
    return spawn_all([
        ["producer", name, .. values[..half]], ["producer", name, .. values[half..]],
        ["consumer", name, $"{values.Length}"]]);
}

static unsafe int Producer(string name, string[] values)
{
    Ring* ring = Map(name);
    foreach (string value in values)
    {
        Must(sem_wait(&ring->Free));
        Must(sem_wait(&ring->Lock));
        ring->Slot[ring->Next++ % Slots] = int.Parse(value);
        Must(sem_post(&ring->Used));
        Must(sem_post(&ring->Lock));
    }

    return 0;
}

static unsafe int Consumer(string name, int count)
{
    Ring* ring = Map(name);
    for (int i = 0; i < count; i++)
    {
        Must(sem_wait(&ring->Used));
        int value = ring->Slot[i % Slots];
        Must(sem_post(&ring->Free));
        Console.WriteLine($"消费者：{value}");
    }

    return 0;
}

static unsafe Ring* Map(string name)
{
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    return (Ring*)Must(mmap(null, (nuint)sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}

internal unsafe struct Ring
{
    public sem_t Used, Free, Lock;
    public int Next;
    public fixed int Slot[8];
}
