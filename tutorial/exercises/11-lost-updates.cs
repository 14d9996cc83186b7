#:project ../../examples/Posix

// 练习 11 · 丢失的更新
// 应当怎样：两个进程同时给共有的一个计数器（int）各加 N 次，一次加一，最后正好是 2N。
// 现在怎样：总是少，每次少的还不一样。次数少（几千）的时候又多半是对的：太快了，两个进程没有机会交错。
// 看哪一章：tutorial/13-lost-updates.md，示例 13-LostUpdates。
// TODO：一次加法也不丢。
// 怎样判定：父进程启动两个 worker；检查器让一个停在中间，另一个应当还能加：先加完一个再加另一个、一把锁围住整个循环，都不算同时。
// 各自加好再一次加进来，也不算一次加一，N 多大都一样。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/11-lost-updates.cs [每个进程加多少次]
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent(50_000_000),
    [var text] when int.TryParse(text, out int times) => Parent(times),
    ["worker", var text] when int.TryParse(text, out int times) => Worker(times),
    _ => errx(2, "用法：11-lost-updates.cs [每个进程加多少次]"),
};

static unsafe int Parent(int times)
{
    int fd = Must(memfd_create("exercise-11", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* counter = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    if (spawn_both(["worker", $"{times}"], ["worker", $"{times}"], (fd, 3)) != 0) return 1;
    Console.WriteLine($"父进程：应当是 {2 * times}，内存里是 {*counter}");
    return 0;
}

static unsafe int Worker(int times)
{
    int* counter = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));

    for (int i = 0; i < times; i++)
    {
        int old = Volatile.Read(ref *counter);
        Volatile.Write(ref *counter, old + 1);
    }

    return 0;
}
