#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    sem_t* sem = Must(sem_open(name + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    Must(sem_wait(sem));
    Must(sem_unlink(name + "_sem"), name);
    int fd = Must(shm_open(name, O_RDWR, 0), name, (ENOENT, "名字删得太早。"));
    int* p = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));
    Console.WriteLine($"B：得到 {*p}");
}
