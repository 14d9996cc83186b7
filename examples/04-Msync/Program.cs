// msync：把映射里的修改写回磁盘。对应文章「msync实时同步」。
//
//     dotnet run --project examples/04-Msync [-- --wait]
//
// 磁盘上一个一页大的文件，映射两处。这一页脏了没有（改过、还没写回），问 /proc/self/smaps。
// 内核过一阵会自己写回，默认设置下要半分多钟，加上 --wait 才等待。
using System.Diagnostics;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int ChildFd = 3;

return args switch
{
    [] or ["--wait"] => Run(wait: args.Length > 0),
    ["reader"] when was_spawned => Reader(),
    _ => errx(2, "用法：Msync [--wait]（--wait：再等内核自己写回一次，默认设置下半分多钟）"),
};

static unsafe int Run(bool wait)
{
    string? folder = DiskFolder.Find();
    if (folder == null)
    {
        Observe("E1", "没有可写的、在磁盘文件系统上的目录，看不了内核与 msync 怎样写回");
        return 0;
    }

    // O_TMPFILE：文件没有名字，程序怎样结束都不会留下它。
    int fd = Must(open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR), folder);
    nuint page = (nuint)getpagesize();
    Must(ftruncate(fd, (long)page));
    byte* memPtr = (byte*)Must(mmap(null, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    byte* other = (byte*)Must(mmap(null, page, PROT_READ, MAP_SHARED, fd, 0));

    long dirty = (long)page / 1024;
    byte value = (byte)Random.Shared.Next(100, 250), zero = *memPtr;
    Observe("E1", $"映射之后只读不写，读到 {zero}：这一页里脏的是 {Is(DirtyKiB(memPtr), 0)} KiB");
    *memPtr = value;
    Observe("E1", $"写入 {value}，还没写回磁盘：脏的是 {Is(DirtyKiB(memPtr), dirty)} KiB");
    double expire = Seconds("dirty_expire_centisecs"), interval = Seconds("dirty_writeback_centisecs");
    Observe("E1", $"这个系统的设置：脏满 {expire} 秒算到期，内核每 {interval} 秒查一次，到期的自己写回");

    // 一致和落盘是两回事：内存里文件的这一页只有一份，写入之后谁都看得到，用不着 msync。
    string child = Is(ChildProcess.Run(["reader"], (fd, ChildFd)), $"退出码 {value}");
    Observe("E3", $"还没有 msync，另一个进程已经能 pread 到，以读到的值退出：{child}");
    Observe("E4", $"还没有 msync，同一文件的另一处映射里已经是 {Is(*other, value)}");

    *memPtr = ++value;
    Must(msync(memPtr, page, MS_ASYNC));
    Observe("E2", $"再写入 {value}，msync(MS_ASYNC)：脏的仍是 {Is(DirtyKiB(memPtr), dirty)} KiB，Linux 上它什么也不写");
    long start = Stopwatch.GetTimestamp();
    Must(msync(memPtr, page, MS_SYNC));
    double waited = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    Observe("E3", $"msync(MS_SYNC)：写完才返回，用了 {waited:F0} µs，脏的是 {Is(DirtyKiB(memPtr), 0)} KiB");

    // Linux 的各处映射是同一份内存，没有副本可以失效；MS_INVALIDATE 只检查这一页有没有锁住。
    *memPtr = ++value;
    Must(msync(memPtr, page, MS_SYNC | MS_INVALIDATE));
    Observe("E4", $"写入 {value}，msync(MS_SYNC | MS_INVALIDATE)：另一处映射没有失效，里面是 {Is(*other, value)}");
    string locked = Outcome(mlock(memPtr, page)), busy = Outcome(msync(memPtr, page, MS_SYNC | MS_INVALIDATE));
    if (locked == "成功") Is(busy, "EBUSY");
    Observe("E4", $"mlock 锁住这一页：{locked}；再 msync(MS_SYNC | MS_INVALIDATE)：{busy}");

    // 到期之后还要等写回线程下一次醒来，忙的时候再多等一轮；之后的十秒留给磁盘。
    if (wait && interval > 0) WaitForKernel(memPtr, dirty, expire + (2 * interval) + 10);
    else if (wait) Observe("E1", "按这样的设置，内核不会定期写回，不等了");
    Must(munmap(memPtr, page));
    Must(munmap(other, page));
    Must(close(fd));
    return ExitCode;
}

static unsafe int Reader()
{
    byte value;
    Must(pread(ChildFd, &value, 1, 0));
    return value;
}

// 写回时没有通知可等，只能隔一会儿问一次 smaps。
static unsafe void WaitForKernel(byte* memPtr, long dirty, double limit)
{
    Console.Error.WriteLine($"等内核自己写回这一页，至多 {limit} 秒；按 Ctrl+C 放弃。");
    var clock = Stopwatch.StartNew();
    *memPtr ^= 1;
    string before = Is(DirtyKiB(memPtr), dirty);
    while (DirtyKiB(memPtr) != 0 && clock.Elapsed.TotalSeconds < limit) Thread.Sleep(200);
    string after = $"{clock.Elapsed.TotalSeconds:F0} 秒后是 {Is(DirtyKiB(memPtr), 0)} KiB";
    Observe("E1", $"再写入，不 msync：脏的是 {before} KiB，{after}，内核自己写回了");
}

// 这处映射里改过、还没写回的 KiB；同一页映射了两处时记在 Shared 名下，所以两项相加。
static unsafe long DirtyKiB(void* memPtr) =>
    Proc.SmapsKiB(memPtr, "Shared_Dirty") + Proc.SmapsKiB(memPtr, "Private_Dirty");

// 以百分之一秒为单位。
static double Seconds(string setting) => double.Parse(File.ReadAllText("/proc/sys/vm/" + setting), null) / 100;
