// 对方说了可以，先通知、后写入：通知得太早。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    sem_t* go = Must(sem_open(name + "_go", O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    sem_t* sem = Must(sem_open(name + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 16));
    int* p = (int*)Must(mmap(null, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(sem_wait(go));
    Must(sem_post(sem));
    *p = 100;
    Console.WriteLine("A：写了");
}
