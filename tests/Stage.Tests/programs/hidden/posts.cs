// 写入 7，再 post。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    sem_t* sem = Must(sem_open(name, O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *shared = 7;
    Must(sem_post(sem));
}
