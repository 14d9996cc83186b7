// 抛出哪一个异常，看的是共享的数；离开 using 的时候停下，异常还没有人接住。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    try
    {
        using var late = new Late(shared);
        throw *shared == 0 ? new InvalidOperationException() : new ArgumentException();
    }
    catch (Exception e)
    {
        Console.WriteLine($"A：{Late.Seen}，{e.GetType().Name}");
    }
}

internal sealed unsafe class Late(int* shared) : IDisposable
{
    public static int Seen;

    public void Dispose()
    {
        Seen = *shared;
    }
}
