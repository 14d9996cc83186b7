// 信写完了没有：一个进程写信，另一个进程读信，怎样才不会读到一半。对应文章「代码简单测试实例」里信号量的用法。
//
//     dotnet run --project examples/13-Letters -- [sem_post | Volatile]
//
// 写信的一方先写内容，再说「写完了」；读信的一方先等到这句话，再读内容。编译器和 CPU 都可能调换读写的次序，
// 所以要用能保证次序的一对：sem_post、sem_wait（文章的办法），或 Volatile.Write、Volatile.Read。不给参数，都运行。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int MemoryFd = 3, ReadyFd = 4;

if (args is ["reader", var which] && was_spawned) return Reader(which);
if (args is not ([] or ["sem_post" or "Volatile"])) errx(2, "用法：Letters [sem_post | Volatile]（怎样说写完了）");
return args is [var only] ? Writer(only) : Writer("sem_post") | Writer("Volatile");

static unsafe int Writer(string way)
{
    int fd = Must(memfd_create("letters", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(Shared)));
    var shared = (Shared*)Must(mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(sem_init((sem_t*)shared->Posted, 1, 0));

    // 读信的一方准备好了再写：两边同时在做，才说明得了问题。
    int* ready = stackalloc int[2];
    Must(pipe2(ready, O_CLOEXEC));
    Must(spawn_self(out int pid, ["reader", way], (fd, MemoryFd), (ready[1], ReadyFd)));
    Must(close(ready[1]));
    byte here;
    if (Must(read(ready[0], &here, 1)) == 0) errx(1, $"read: 读信的进程没有准备好（{ChildProcess.Wait(pid)}）。");
    for (int i = 0; i < Shared.Count; i++)
    {
        // 之前写入的，等到它的一方一定看得到：POSIX 这样规定 sem_post，.NET 这样规定 Volatile.Write。
        Random.Shared.NextBytes(Slot(shared->Letters, i));
        if (way == "sem_post") Must(sem_post((sem_t*)shared->Posted));
        else Volatile.Write(ref shared->Written, i + 1);
    }

    if (ChildProcess.Wait(pid) is var ending and not "退出码 0") errx(1, $"waitpid: 读信的进程没有读完（{ending}）。");
    int whole = Enumerable.Range(0, Shared.Count)
        .Count(i => Slot(shared->Copies, i).SequenceEqual(Slot(shared->Letters, i)));
    string right = $"{Shared.Count} 封随机的信，读对 {Is(whole, Shared.Count)} 封";
    if (way == "sem_post") Observe("K1", $"写完一封就 sem_post，对方 sem_wait 之后再读：{right}");
    else Observe("F2", $"写完一封就 Volatile.Write，对方 Volatile.Read 到了再读：{right}");
    Must(sem_destroy((sem_t*)shared->Posted));
    Must(munmap(shared, (nuint)sizeof(Shared)));
    Must(close(ready[0]));
    Must(close(fd));
    return ExitCode;
}

static unsafe int Reader(string way)
{
    ChildProcess.EndWithParent();
    var shared = (Shared*)Must(mmap(null, (nuint)sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, MemoryFd, 0));
    Must(write(ReadyFd, shared, 1)); // 写哪个字节都行
    for (int i = 0; i < Shared.Count; i++)
    {
        if (way == "sem_post") Must(sem_wait((sem_t*)shared->Posted));
        else while (Volatile.Read(ref shared->Written) <= i) Thread.Yield();
        Slot(shared->Letters, i).CopyTo(Slot(shared->Copies, i));
    }

    Must(munmap(shared, (nuint)sizeof(Shared)));
    return 0;
}

static unsafe Span<byte> Slot(byte* first, int i) => new(first + (i * Shared.Size), Shared.Size);

internal unsafe struct Shared
{
    public const int Count = 10_000, Size = 256;
    public fixed byte Posted[64], Letters[Count * Size], Copies[Count * Size]; // Posted 是信号量，内容不公开
    public int Written;
}
