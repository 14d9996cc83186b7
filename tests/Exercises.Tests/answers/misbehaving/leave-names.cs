#:project ../../examples/Posix

// 用自己起的名字造对象和信号量，不删。
using static Posix.Libc;

unsafe
{
    int fd = shm_open("/MARK", O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
    ftruncate(fd, 4096);
    sem_close(sem_open("/MARK", O_CREAT, S_IRUSR | S_IWUSR, 1));
    Console.WriteLine(args[0]);
}
