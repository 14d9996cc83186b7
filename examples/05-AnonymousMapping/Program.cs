// 匿名共享内存：亲缘进程之间的通信。对应文章「通过匿名内存映射提供亲缘进程间的通信」。
//
//     dotnet run --project examples/05-AnonymousMapping
//
// 父进程创建一块没有名字的共享内存，写入 0，启动子进程；子进程写入 1；父进程等它结束，读出 1。
// 文章用 fork，子进程生来就有父进程的映射。C# 用 posix_spawn，exec 丢掉了全部映射，
// 所以父进程交给子进程的是描述符，子进程自己再映射一次。
using Examples;
using static Posix.Libc;

const int ChildFd = 3;

return args switch
{
    [] => Parent(),
    ["child"] when was_spawned => Child(),
    _ => errx(2, "用法：AnonymousMapping（没有参数；子进程由它自己启动）"),
};

static unsafe int Parent()
{
    // 文章的 MAP_ANON 没有描述符，exec 之后就没有了；memfd_create 创建的是同一种内存，但有描述符。
    int fd = Must(memfd_create("anonymous", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memPtr = 0;

    Must(spawn_self(out int pid, ["child"], (fd, ChildFd)));
    Must(close(fd));

    // 文章 sleep 一秒，假定子进程已经写完；waitpid 等到它真的结束。
    Must(waitpid(pid, out int status, 0));
    if (WIFSIGNALED(status)) errx(1, $"waitpid({pid}): 子进程死于 {ChildProcess.Ending(status)}，值是 {*memPtr}。");
    if (status != 0) return 1; // 子进程自己报过错了

    Console.WriteLine($"parent:memory value {*memPtr}");
    Console.Error.WriteLine($"父进程 {getpid()}：映射在 0x{(nint)memPtr:x}");
    Must(munmap(memPtr, sizeof(int)));
    return 0;
}

static unsafe int Child()
{
    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, ChildFd, 0));
    Must(close(ChildFd));

    *memPtr = 1;
    Console.WriteLine($"child:set memory {*memPtr}");
    Console.Error.WriteLine($"子进程 {getpid()}：映射在 0x{(nint)memPtr:x}");
    Must(munmap(memPtr, sizeof(int)));
    return 0;
}
