// 有名 Mutex 保护的加一；打印加完的数。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    using var gate = new Mutex(false, "gate");
    gate.WaitOne();
    int number = *shared;
    *shared = number + 1;
    gate.ReleaseMutex();
    Console.WriteLine(number + 1);
}
