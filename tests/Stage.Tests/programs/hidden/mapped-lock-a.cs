// close 之后、munmap 之前，锁还在（映射引用着打开的文件）；这里 post 得太早。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], semName = name + "_sem";
    sem_t* sem = Must(sem_open(semName, O_CREAT, S_IRUSR | S_IWUSR, 0), semName);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(flock(fd, LOCK_EX));
    Must(ftruncate(fd, sizeof(int)));
    int* p = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *p = 7;
    Must(close(fd));
    Must(sem_post(sem));
    Must(munmap(p, sizeof(int)));
    Console.WriteLine("A：放开了");
}
