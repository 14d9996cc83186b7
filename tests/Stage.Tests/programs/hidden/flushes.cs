// 攒着的字到离开 using 才写出，「好了」却先写了；另一方（没有第二个参数）看两个数。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 8));
    int* shared = (int*)Must(mmap(null, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    if (args.Length > 1)
    {
        using var writer = new StreamWriter(new UnmanagedMemoryStream((byte*)shared, 4, 4, FileAccess.Write));
        writer.Write('A');
        shared[1] = 1;
    }
    else
    {
        int ready = shared[1];
        Console.WriteLine($"{ready}，{shared[0]}");
    }
}
