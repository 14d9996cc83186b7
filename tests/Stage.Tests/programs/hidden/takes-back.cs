// 写了，又改回 0：问得太慢的，就等不到了。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *shared = 7;
    *shared = 0;
    Console.WriteLine("B");
}
