#:project ../../../examples/Posix

// 只有一个创建者。测试把它改成先看有没有、没有再创建。
using Posix;
using static Posix.Libc;

int fd = shm_open(args[0], O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
bool created = fd != -1;
Console.WriteLine(created ? "created" : "joined");
if (created) ftruncate(fd, 8);
else fd = shm_open(args[0], O_RDWR, 0);
unsafe
{
    stat_t st;
    while (true)
    {
        fstat(fd, out st);
        if (st.st_size > 0) break;
    }

    long* users = (long*)mmap(null, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    long me = Interlocked.Increment(ref *users);
    Console.WriteLine($"user {me}");
}
