// 一句里先看共享的数，再做别的：看到的还没有存进变量，舞台看不到。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], then = args[1];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    sem_t* sem = Must(sem_open(name, O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    int seen = 0;
    if (then == "waits") (seen, _) = (See(shared), Must(sem_wait(sem)));
    if (then == "looks") seen = See(shared) + See(shared);
    Console.WriteLine($"A：{seen}");
}

static unsafe int See(int* shared)
{
    return *shared;
}
