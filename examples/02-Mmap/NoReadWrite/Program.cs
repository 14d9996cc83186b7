// 映射代替 read/write，映射之后描述符可以关闭。对应文章「mmap系列函数简介」和「mmap 映射内存」的第一句。
//
//     dotnet run --project examples/02-Mmap/NoReadWrite
//
// 父进程把 1 MiB 随机数据交给子进程，子进程逐字节算校验和，经同一块内存答复。
// 内核记着每个进程调用了几次 read、write 一类的系统调用（/proc/self/io）：用 pwrite、pread 就有，经映射一次也没有。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int ChildFd = 3, Size = 1 << 20, Length = Size + sizeof(uint);

unsafe
{
    bool child = args is ["child"] && was_spawned;
    if (args.Length > 0 && !child) errx(2, "用法：NoReadWrite（没有参数；子进程由它自己启动）");
    if (!File.Exists("/proc/self/io")) errx(1, "这个系统没有 /proc/self/io，无法统计 read 和 write 的次数。");
    // 1 MiB 数据之后放子进程的答复。
    int fd = child ? ChildFd : Must(memfd_create("no-read-write", MFD_CLOEXEC));
    if (!child) Must(ftruncate(fd, Length));
    byte* memPtr = (byte*)Must(mmap(null, Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    uint* answer = (uint*)(memPtr + Size);
    if (child)
    {
        Must(close(fd));
        Observe("C8", $"子进程 mmap 之后就 close(fd)：fstat(fd) 得到 {Is(Outcome(fstat(fd, out _)), "EBADF")}");
        long calls = Calls(() => *answer = Checksum(memPtr));
        Observe("B1", $"子进程经映射读出这 1 MiB，写入答复，read、write 类调用 {Is(calls, 0)} 次");
        Must(munmap(memPtr, Length));
        return ExitCode;
    }

    // 先看计数器会动：同样多的数据，用 pwrite 写入，用 pread 读出。
    byte* data = (byte*)Must(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    string written = Is(Calls(() => Must(pwrite(fd, data, Size, 0))), 1);
    string read = Is(Calls(() => Must(pread(fd, data, Size, 0))), 1);
    Observe("B1", $"用 pwrite 写入 1 MiB，read、write 类调用 {written} 次；用 pread 读出，{read} 次");

    Random.Shared.NextBytes(new Span<byte>(data, Size));
    string stored = Is(Calls(() => memcpy(memPtr, data, Size)), 0);
    Observe("B1", $"父进程经映射写入 1 MiB 随机数据，read、write 类调用 {stored} 次");

    Must(spawn_self(out int pid, ["child"], (fd, ChildFd)));
    Must(close(fd));
    string closed = Is(Outcome(fstat(fd, out _)), "EBADF");
    Must(waitpid(pid, out int status, 0));
    if (status != 0) errx(1, $"waitpid({pid}): 子进程没有做成（{ChildProcess.Ending(status)}）。");
    Observe("C8", $"父进程 close(fd) 之后：fstat(fd) 得到 {closed}");
    string sum = Is($"{*answer:x8}", $"{Checksum(data):x8}");
    Observe("C8", $"映射照常：从映射读到子进程的答复，校验和 {sum}，与写入的数据相符");
    Must(munmap(data, Size));
    Must(munmap(memPtr, Length));
    return ExitCode;
}

// 做一件事用了多少次 read、write 一类的系统调用。看计数器本身也要 read，这个代价由什么也不做的一次测出，再减去。
static long Calls(Action what) => Fewest(what) - Fewest(() => { });

// .NET 自己的线程偶尔也 read、write：同一件事做五次，取最少的一次。
static long Fewest(Action what) => Enumerable.Range(0, 5).Min(_ =>
{
    long before = Count();
    what();
    return Count() - before;
});

static long Count() => Proc.Field("io", "syscr") + Proc.Field("io", "syscw");

// 每个字节和它的位置都影响结果。
static unsafe uint Checksum(byte* data)
{
    uint sum = 0;
    for (int i = 0; i < Size; i++) sum = (sum * 31) + data[i];
    return sum;
}
