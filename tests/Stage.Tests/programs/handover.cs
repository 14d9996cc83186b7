#:project ../../../examples/Posix

// 写完再 post。测试把这两行调换，舞台就该找到读早了的次序。
using Posix;
using static Posix.Libc;

return args is ["child", var own] ? Child(own) : Parent(args[0]);

static unsafe int Parent(string name)
{
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (ftruncate(fd, sizeof(int)) == -1) return 1;
    int* value = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    sem_t* sem = sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
    if (spawn_self(out int pid, ["child", name]) != 0) return 1;
    *value = 7;
    sem_post(sem);
    waitpid(pid, out _, 0);
    shm_unlink(name);
    sem_unlink(name + "_sem");
    return 0;
}

static unsafe int Child(string name)
{
    int fd = shm_open(name, O_RDONLY, 0);
    int* value = (int*)mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
    sem_t* sem = sem_open(name + "_sem", 0);
    sem_wait(sem);
    Console.WriteLine($"got {*value}");
    return 0;
}
