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
    if (where == "pointer") *own = *shared;
    if (where == "interlocked") Interlocked.Exchange(ref *own, *shared);
    if (where == "span") new Span<int>(shared, 1).CopyTo(span);
    if (where == "list") list.Add(*shared);
    if (where == "state") Environment.ExitCode = *shared == 7 ? 0 : 3;
    int now = *shared;
    Console.WriteLine($"A：{*own + span[0] + list.Sum()}，{Environment.ExitCode}，{now}");
}
