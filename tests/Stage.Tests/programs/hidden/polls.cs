// 一遍一遍地问，等到那里不是 0。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    while (Volatile.Read(ref *shared) == 0)
    {
    }

    Console.WriteLine("A：等到了");
    Must(shm_unlink(name), name);
}
