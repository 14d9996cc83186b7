// 把共享的数放到看不到的地方，再看它现在是几；放的一句在只有一个表达式的 lambda 里，那里没有停的地方。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], where = args[1];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    Dictionary<string, int> seen = [];
    Action keep = () => seen[name] = *shared;
    Lazy<int> once = new(() => *shared);
    if (where == "call") keep();
    int kept = where == "lazy" ? once.Value : 0;
    kept = 0;
    int now = *shared;
    Console.WriteLine($"A：{(where == "lazy" ? once.Value : seen[name])}，{now}");
}
