// msync：把映射里的修改写回磁盘。对应文章「msync实时同步」。
//
//     dotnet run --project examples/04-Msync [-- --wait]
//
// 磁盘上一个一页大的文件，映射两处。这一页脏了没有（改过、还没写回），问 /proc/self/smaps。
// 内核过一阵会自己写回，默认设置下要半分多钟，加上 --wait 才等给人看。
using System.Diagnostics;
using Examples;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int ReaderFd = 3;

    private static int Main(string[] args) => args switch
    {
        [] => Run(wait: false),
        ["--wait"] => Run(wait: true),
        ["reader"] => Reader(),
        _ => Writeback.Usage(),
    };

    private static int Run(bool wait)
    {
        string? folder = DiskFolder.Find();
        if (folder == null) return Writeback.NoDisk();

        // O_TMPFILE：文件没有名字，程序怎样结束都不会留下它。
        int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"open(\"{folder}\", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)");
        nuint page = (nuint)getpagesize();
        if (ftruncate(fd, (long)page) == -1) return Fail(errno, $"ftruncate({fd}, {page})");

        byte* memPtr = (byte*)mmap(null, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {page}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        byte* other = (byte*)mmap(null, page, PROT_READ, MAP_SHARED, fd, 0);
        if (other == MAP_FAILED) return Fail(errno, $"mmap(null, {page}, PROT_READ, MAP_SHARED, {fd}, 0)");

        byte before = *memPtr, value = (byte)Random.Shared.Next(100, 250);
        Observe("E1", $"映射 {folder} 里一个一页大的文件，只读一下（读到 {before}），脏的 KiB", 0, Writeback.DirtyKiB(memPtr));
        *memPtr = value;
        Observe("E1", $"往映射里存 {value}，还没写回磁盘，脏的 KiB", (long)page / 1024, Writeback.DirtyKiB(memPtr));
        Writeback.ReportSettings();

        // 一致和落盘是两回事：内存里文件的这一页只有一份，存进去谁都看得到，用不着 msync。
        Observe("E3", "还没有 msync，另一个进程 pread 到的值（用退出码告诉我们）", $"退出码 {value}", Child.Run(["reader"], (fd, ReaderFd)));
        Observe("E4", "还没有 msync，同一文件的另一处映射里的值", value, *other);

        *memPtr = ++value;
        string result = Outcome(msync(memPtr, page, MS_ASYNC));
        result += $" {Writeback.DirtyKiB(memPtr)}";
        Observe("E2", "再存一个值，msync(MS_ASYNC) 的结果与之后脏的 KiB（在 Linux 上它什么也不写）", $"成功 {page / 1024}", result);

        long start = Stopwatch.GetTimestamp();
        msync(memPtr, page, MS_ASYNC);
        long between = Stopwatch.GetTimestamp();
        result = Outcome(msync(memPtr, page, MS_SYNC));
        TimeSpan waited = Stopwatch.GetElapsedTime(between);
        Observe("E3", "msync(MS_SYNC) 等写完才返回，它的结果与之后脏的 KiB", "成功 0", $"{result} {Writeback.DirtyKiB(memPtr)}");
        TimeSpan queued = Stopwatch.GetElapsedTime(start, between);
        Report("E3", "MS_ASYNC 与 MS_SYNC 各用了多久", $"{queued.TotalMicroseconds:F0} µs 与 {waited.TotalMicroseconds:F0} µs");

        // Linux 的各处映射是同一份内存，没有副本可以失效；MS_INVALIDATE 只检查这一页有没有锁住。
        *memPtr = ++value;
        Observe("E4", "msync(MS_SYNC | MS_INVALIDATE) 的结果", "成功", Outcome(msync(memPtr, page, MS_SYNC | MS_INVALIDATE)));
        Observe("E4", "MS_INVALIDATE 之后，另一处映射照样能读，里面的值", value, *other);
        if (mlock(memPtr, page) == -1) Report("E4", "mlock 锁住这一页，好看 MS_INVALIDATE 怎样回答", strerrorname_np(errno));
        else Observe("E4", "mlock 锁住这一页之后，msync(MS_SYNC | MS_INVALIDATE) 的结果", "EBUSY", Outcome(msync(memPtr, page, MS_SYNC | MS_INVALIDATE)));
        Observe("E4", "msync(MS_SYNC | MS_ASYNC)，两个标志相互矛盾，结果", "EINVAL", Outcome(msync(memPtr, page, MS_SYNC | MS_ASYNC)));
        Observe("E4", "msync 的起点没有对齐页（memPtr + 1），结果", "EINVAL", Outcome(msync(memPtr + 1, page, MS_SYNC)));

        if (wait) Writeback.Wait(memPtr, ++value);
        munmap(memPtr, page);
        munmap(other, page);
        close(fd);
        return ExitCode;
    }

    private static int Reader()
    {
        // 手工运行 reader 时，3 号描述符不是父进程交来的那个一页大的文件。
        if (fstat(ReaderFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != getpagesize()) return Writeback.Usage();
        byte value;
        return pread(ReaderFd, &value, 1, 0) == 1 ? value : Fail(errno, $"pread({ReaderFd}, &value, 1, 0)");
    }
}
