#:project ../../examples/Posix

// 解答 13 · 持有锁的进程死了
// 信号量不知道是谁减的：减了它的进程死了，值就停在 0。flock 的锁属于打开的文件，进程一结束，描述符关闭，锁就放开。
// 从父进程接来的描述符是同一个打开的文件，同一把锁；要互相排斥，就各自重新打开一次。
// 死在加一的中间，计数器可能少一：锁放开了，不等于内容完整。
//     dotnet run tutorial/solutions/13-holder-dies.cs [每个进程加多少次]
using static Posix.Libc;

return args switch
{
    [] => Parent(1_000_000),
    [var text] when int.TryParse(text, out int times) => Parent(times),
    ["worker", var text] when int.TryParse(text, out int times) => Worker(times),
    _ => errx(2, "用法：13-holder-dies.cs [每个进程加多少次]"),
};

static unsafe int Parent(int times)
{
    int fd = Must(memfd_create("exercise-13", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(Shared)));
    Shared* shared = (Shared*)Must(mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(spawn_self(out _, ["worker", $"{times}"], (fd, 3)));
    Must(spawn_self(out _, ["worker", $"{times}"], (fd, 3)));
    Must(waitpid(-1, out int one, 0));
    Must(waitpid(-1, out int two, 0));
    Console.WriteLine($"父进程：内存里是 {shared->Counter}");
    return one == 0 && two == 0 ? 0 : 1;
}

static unsafe int Worker(int times)
{
    Shared* shared = (Shared*)Must(mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));
    int gate = Must(open("/proc/self/fd/3", O_RDWR | O_CLOEXEC));
    for (int i = 0; i < times; i++)
    {
        Must(flock(gate, LOCK_EX));
        shared->Counter++;
        Must(flock(gate, LOCK_UN));
    }
    return 0;
}

internal struct Shared
{
    public int Counter;
}
