#:project ../../examples/Posix

// 练习 11 · 丢失的更新
//
// 应当怎样：两个进程同时给共有的一个计数器各加 N 次，一次加一，最后正好是 2N。
// 现在怎样：总是少，每次少的还不一样。次数少（几千）的时候又多半是对的：太快了，两个进程碰不到一起。
// 看哪一章：tutorial/13-lost-updates.md，示例 13-LostUpdates。
//
// TODO：一次加法也不丢。两个进程要同时跑，不能一个加完再启动另一个。
//
//     dotnet run tutorial/my/11-lost-updates.cs [每个进程加多少次]
//
// 检查器也这样启动它；参数、角色名和打印的值不要改，其余随便改。
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

    // 两个同时跑：都启动了，再一个一个等。第二个没有启动成，第一个也要等。
    Must(spawn_self(out int first, ["worker", $"{times}"], (fd, 3)));
    Errno error = spawn_self(out int second, ["worker", $"{times}"], (fd, 3));
    bool done = waitpid(first, out int status, 0) == first && status == 0;
    Must(error, call: "启动第二个进程");
    done &= waitpid(second, out status, 0) == second && status == 0;
    if (!done) return 1;

    Console.WriteLine($"父进程：应当是 {2 * times}，内存里是 {*counter}");
    Must(munmap(counter, sizeof(int)));
    Must(close(fd));
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

    Must(munmap(counter, sizeof(int)));
    return 0;
}
