// 练习里常见的写法：把读到的直接交给另一个函数。丢失的更新。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 8));
    int* p = (int*)Must(mmap(null, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *p = *p + One(name);
    Console.WriteLine($"{*p}");
}

static int One(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    Must(close(fd));
    return 1;
}
