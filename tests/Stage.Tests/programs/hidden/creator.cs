#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 8));
    Console.WriteLine("A：创建了");
}
