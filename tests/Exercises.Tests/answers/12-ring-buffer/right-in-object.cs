#:project ../../examples/Posix

// 对：两个信号量用 sem_init 放进对象，没有名字要删；格子是 long，Process 启动两边。
using System.Diagnostics;
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

return args switch
{
    ["producer", var name, .. var values] => Ring.Produce(name, values),
    ["consumer", var name, var count] => Ring.Consume(name, int.Parse(count)),
    [var name, .. var values] => Ring.Run(name, values),
    _ => 2,
};

// 信号量有多大不公开，各留 64 字节。
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal unsafe struct Ring
{
    [FieldOffset(0)]
    public sem_t Used;
    [FieldOffset(64)]
    public sem_t Free;
    [FieldOffset(128)]
    public fixed long Slots[8];

    private static Ring* Map(string name)
    {
        int fd = shm_open(name, O_RDWR, 0);
        var ring = (Ring*)mmap(null, (nuint)sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        return ring == MAP_FAILED ? throw new IOException("mmap") : ring;
    }

    public static int Run(string name, string[] values)
    {
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) return 1;
        try
        {
            if (ftruncate(fd, sizeof(Ring)) == -1) return 1;
            Ring* ring = Map(name);
            if (sem_init(&ring->Used, 1, 0) == -1 || sem_init(&ring->Free, 1, 8) == -1) return 1;
            using Process producer = Process.Start(Environment.ProcessPath!, ["producer", name, .. values]);
            using Process consumer = Process.Start(Environment.ProcessPath!, ["consumer", name, $"{values.Length}"]);
            producer.WaitForExit();
            if (producer.ExitCode != 0) consumer.Kill();
            consumer.WaitForExit();
            return producer.ExitCode | consumer.ExitCode;
        }
        finally
        {
            shm_unlink(name);
        }
    }

    public static int Produce(string name, string[] values)
    {
        Ring* ring = Map(name);
        for (int i = 0; i < values.Length; i++)
        {
            if (sem_wait(&ring->Free) == -1) return 1;
            ring->Slots[i & 7] = long.Parse(values[i]);
            if (sem_post(&ring->Used) == -1) return 1;
        }

        return 0;
    }

    public static int Consume(string name, int count)
    {
        Ring* ring = Map(name);
        var taken = new List<long>();
        while (taken.Count < count)
        {
            if (sem_wait(&ring->Used) == -1) return 1;
            taken.Add(ring->Slots[taken.Count & 7]);
            if (sem_post(&ring->Free) == -1) return 1;
        }

        Console.Write(string.Concat(taken.Select(v => $"消费者：{v}\n")));
        return 0;
    }
}
