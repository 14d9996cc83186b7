// 写一格、通知、再写一格：通知得太早。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], semName = name + "_sem";
    sem_t* sem = Must(sem_open(semName, O_CREAT, S_IRUSR | S_IWUSR, 0), semName);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 16));
    int* slots = (int*)Must(mmap(null, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    slots[0] = 1;
    Must(sem_post(sem));
    slots[1] = 2;
    Console.WriteLine("A：写了两格");
}
