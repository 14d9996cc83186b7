// 看两遍；还剩几遍，在枚举器里面，舞台看不到。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    IEnumerator<int> tries = Enumerable.Range(0, 2).GetEnumerator();
    while (tries.MoveNext())
    {
        if (Volatile.Read(ref *shared) != 0) break;
    }

    Console.WriteLine($"A：{*shared}");
}
