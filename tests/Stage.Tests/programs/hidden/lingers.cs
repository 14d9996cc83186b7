// 拿着锁写入 7，不放开就走到 Main 的末尾：锁到进程结束才放开。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int* shared = Map(args[0]);
    int fd = Must(open(args[1] + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
    Must(flock(fd, LOCK_EX));
    *shared = 7;
}

static unsafe int* Map(string name)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR));
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));
    return shared;
}
