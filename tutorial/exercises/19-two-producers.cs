#:project ../../examples/Posix

// 练习 19 · 两个生产者
// 应当怎样：两个生产者往同一个环里放值，各放一半；消费者全部取出来，一个不多，一个不少，各生产者的次序不变。
// 现在怎样：两个生产者读到同一个下标，放进同一格：有的值丢了，有的取到两次。
// 看哪一章：tutorial/13-lost-updates.md、18-overlap.md，示例 13-LostUpdates、18-Overlap。
// TODO：让两个生产者不会放进同一格；消费者取到的，一定是已经放好的。值的个数是双数。
// 怎样判定：检查器让一个停在每一步，别的走到不能再走；消费者停着，两个生产者正好放满八个；值也可以是 0。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/19-two-producers.cs [名字 值…]
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
        int at = ring->Next;
        ring->Slot[at % Slots] = int.Parse(value);
        ring->Next = at + 1;
        Must(sem_post(&ring->Used));
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
    public sem_t Used, Free;
    public int Next;
    public fixed int Slot[8];
}
