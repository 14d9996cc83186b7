#:project ../../examples/Posix

// 练习 13 · 持有锁的进程死了
// 应当怎样：两个进程轮流加锁，给一个 int 各加 N 次。一个持有锁的时候死了，另一个照样加完。
// 现在怎样：平常是对的；可是持有锁的进程一死，信号量再也没有人 post，另一个永远等下去。
// 看哪一章：tutorial/18-overlap.md，示例 18-Overlap；flock 在那里。
// TODO：换一种锁：持有它的进程无论怎样结束，内核都会放开。
// 怎样判定：检查器在每一步杀死其中一个，另一个要加完自己的 N 次；也照 11 的规矩，一次加一，锁不一直拿到加完。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/13-holder-dies.cs [每个进程加多少次]
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
    Must(sem_init(&shared->Lock, 1, 1));
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
    for (int i = 0; i < times; i++)
    {
        Must(sem_wait(&shared->Lock));
        shared->Counter++;
        Must(sem_post(&shared->Lock));
    }
    return 0;
}

internal struct Shared
{
    public int Counter;
    public sem_t Lock;
}
