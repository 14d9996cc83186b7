#:project ../../../examples/Posix

// 两个子进程各加一次，不加保护，写法由参数定。走得到的总数只有 2 和 1。
using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

return args is ["child", var how] ? Child(how) : Parent(args[0]);

static unsafe int Parent(string how)
{
    int fd = memfd_create("counter", MFD_CLOEXEC);
    if (ftruncate(fd, sizeof(int)) == -1) return 1;
    int* counter = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (spawn_both(["child", how], ["child", how], (fd, 3)) != 0) return 1;
    Console.WriteLine($"total {*counter}");
    return 0;
}

static unsafe int Child(string how)
{
    void* memory = mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    switch (how)
    {
        case "span":
            new Span<int>(memory, 1)[0]++;
            break;
        case "ref":
            ref int counter = ref *(int*)memory;
            counter += 1;
            break;
        case "struct":
            ((Total*)memory)->Add();
            break;
        case "property":
            var total = new Counter((int*)memory);
            total.Value++;
            break;
        case "exchange":
            Interlocked.Exchange(ref *(int*)memory, *(int*)memory + 1);
            break;
        case "compare":
            Interlocked.CompareExchange(ref *(int*)memory, *(int*)memory + 1, *(int*)memory);
            break;
        case "arrow":
            Add(ref *(int*)memory);
            break;
        case "if":
            if ((*(int*)memory)++ < 0) return 1;
            break;
        case "tuple":
            int old, next;
            (old, next) = (*(int*)memory, 1);
            (*(int*)memory, next) = (old + next, 0);
            break;
        case "nint":
            nint address = (nint)memory;
            int seen = Marshal.ReadInt32(address);
            Marshal.WriteInt32(address, seen + 1);
            break;
    }

    return 0;
}

static void Add(ref int counter) => counter += 1;

internal struct Total
{
    private int _value;

    public void Add()
    {
        _value++;
    }
}

internal sealed unsafe class Counter(int* at)
{
    public int Value
    {
        get => *at;
        set => *at = value;
    }
}
