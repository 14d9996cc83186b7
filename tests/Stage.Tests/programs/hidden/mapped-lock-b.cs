#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], semName = name + "_sem";
    sem_t* sem = Must(sem_open(semName, O_CREAT, S_IRUSR | S_IWUSR, 0), semName);
    Must(sem_wait(sem));
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    Must(shm_unlink(name), name);
    Must(sem_unlink(semName), semName);
    if (flock(fd, LOCK_EX | LOCK_NB) == -1) errx(1, "B：说是好了，锁却还在");
    int* p = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));
    Console.WriteLine($"B：得到 {*p}");
}
