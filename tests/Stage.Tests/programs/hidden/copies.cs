// 把共享的数先复制到自己的内存里，再看它现在是几：复制到的地方，舞台看不到。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], where = args[1];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    int* own = stackalloc int[1];
    Span<int> span = stackalloc int[1];
    List<int> list = [];
    var random = new Random(1);
    if (where == "pointer") *own = *shared;
    if (where == "interlocked") Interlocked.Exchange(ref *own, *shared);
    if (where == "span") new Span<int>(shared, 1).CopyTo(span);
    if (where == "list") list.Add(*shared);
    Place.Shared = shared;
    if (where == "static" && Late.Value > 100) return;
    if (where == "random" && Volatile.Read(ref *shared) == 7) random.Next(2);
    if (where == "state") Environment.ExitCode = *shared == 7 ? 0 : 3;
    int now = *shared;
    int late = where == "static" ? Late.Value : where == "random" ? random.Next(100) : 0;
    Console.WriteLine($"A：{*own + span[0] + list.Sum() + late}，{Environment.ExitCode}，{now}");
}

// 初值在第一次用到的时候才算。
internal static unsafe class Late
{
    public static readonly int Value = *Place.Shared;
}

internal static unsafe class Place
{
    public static int* Shared;
}
