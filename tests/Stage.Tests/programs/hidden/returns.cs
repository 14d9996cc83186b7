// 函数的最后一步之后是只看局部变量的 if 和 return：跟着就走调用它的下半句，那里读共享的内存。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    sem_t* go = Must(sem_open(name + "_go", O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    sem_t* sem = Must(sem_open(name + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 16));
    int* p = (int*)Must(mmap(null, 16, PROT_READ, MAP_SHARED, fd, 0));
    int total = Ask(go, sem) + *p;
    Console.WriteLine($"B：合计 {total}");
    Must(sem_unlink(name + "_go"), name);
    Must(sem_unlink(name + "_sem"), name);
    Must(shm_unlink(name), name);
}

static unsafe int Ask(sem_t* go, sem_t* sem)
{
    int left = 0;
    Must(sem_post(go));
    Must(sem_wait(sem));
    if (left < 0) left = 0;
    return left;
}
