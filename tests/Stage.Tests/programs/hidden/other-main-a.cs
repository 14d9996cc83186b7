// 角色的函数也叫 Main：之后回到顶层语句删名字，太早。
#:project ../../../../examples/Posix

using static Posix.Libc;

string name = args[0];
int code = Worker.Main(name);
Must(shm_unlink(name), name);
return code;

internal static class Worker
{
    public static unsafe int Main(string name)
    {
        sem_t* sem = Must(sem_open(name + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0), name);
        int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
        Must(ftruncate(fd, sizeof(int)));
        int* p = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        *p = 7;
        Must(sem_post(sem));
        *p = 8;
        Console.WriteLine("A：写了两次");
        return 0;
    }
}
