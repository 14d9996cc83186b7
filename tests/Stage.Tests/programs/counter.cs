#:project ../../../examples/Posix

// 两个进程各加一次，不加保护。走得到的总数只有 2 和 1。
using Posix;
using static Posix.Libc;

return args is ["child"] ? Child() : Parent();

static unsafe int Parent()
{
    int fd = memfd_create("counter", MFD_CLOEXEC);
    if (ftruncate(fd, sizeof(int)) == -1) return 1;
    int* counter = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (spawn_self(out int pid, ["child"], (fd, 3)) != 0) return 1;
    (*counter)++;
    waitpid(pid, out int status, 0);
    Console.WriteLine($"total {*counter}, child {status}");
    return 0;
}

static unsafe int Child()
{
    int* counter = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
    *counter = *counter + 1;
    return 0;
}
