// 映射的保护：PROT_* 各准许什么。对应文章「mmap 映射内存」的 prot 参数。
//
//     dotnet run --project examples/02-Mmap/Protection
//
// 六种保护，每种读、存、执行各一次。每一次都是一个子进程：做成了就是允许，否则看它死于哪个信号。
// 读与存在 libc 的 memcpy、memset 里，信号不经 .NET 的手；执行的是父进程写进对象的两条机器指令。
using System.Runtime.CompilerServices;
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int ChildFd = 3;
    private static readonly nuint Size = (nuint)getpagesize();

    private static int Main(string[] args) => args switch
    {
        [] => Parent(),
        ["child", string access, string prot] when int.TryParse(prot, out int bits) => Access(access, (Protection)bits),
        _ => Table.Usage(),
    };

    private static int Parent()
    {
        int fd = memfd_create("protection", MFD_CLOEXEC);
        if (fd == -1) return Fail(errno, "memfd_create(\"protection\", MFD_CLOEXEC)");
        if (ftruncate(fd, (long)Size) == -1) return Fail(errno, $"ftruncate({fd}, {Size})");

        foreach ((string name, Protection prot) in Table.Rows)
        {
            // 只映射，不碰：系统的安全策略若不准许可执行的映射，在这里就拒绝了。
            void* start = mmap(null, Size, prot, MAP_SHARED, fd, 0);
            bool refused = start == MAP_FAILED && (prot & PROT_EXEC) != 0 && errno is EPERM or EACCES;
            if (start == MAP_FAILED && !refused) return Fail(errno, $"mmap(null, {Size}, {name}, MAP_SHARED, {fd}, 0)");
            if (refused)
            {
                Report(seen: strerrorname_np(errno), id: "C3", what: $"这个系统不准许 {name} 的映射");
                continue;
            }

            string recorded = Proc.Mapping(start)!.Split(' ')[1];
            munmap(start, Size);
            Table.ObserveRow(name, prot, recorded, InChild("read", prot, fd), InChild("store", prot, fd), InChild("execute", prot, fd));
        }

        // 同样的错误出在 C# 语句里：CoreCLR 把信号变成致命的 AccessViolationException，catch 接不住。
        string end = InChild("managed", PROT_READ, fd);
        if (RuntimeFeature.IsDynamicCodeSupported) Observe("C3", "C# 语句往 PROT_READ 的映射里存，外面有 try/catch", "SIGABRT", end);
        else Report("C3", "NativeAOT 编译的 C# 语句往 PROT_READ 的映射里存，外面有 try/catch", end);

        // 请内核去存就没有信号：调用失败，进程照常。
        void* readOnly = mmap(null, Size, PROT_READ, MAP_SHARED, fd, 0);
        if (readOnly == MAP_FAILED) return Fail(errno, $"mmap(null, {Size}, PROT_READ, MAP_SHARED, {fd}, 0)");
        nint count = pread(fd, readOnly, 1, 0);
        Observe("C3", "系统调用 pread 往 PROT_READ 的映射里存", "-1 EFAULT", count == -1 ? $"-1 {strerrorname_np(errno)}" : $"{count}");
        munmap(readOnly, Size);
        close(fd);
        return ExitCode;
    }

    private static string InChild(string access, Protection prot, int fd)
    {
        // 对象里先是「返回 value」的机器码，再是 value 本身：真的执行了、读到了，才知道它是几。
        byte value = (byte)Random.Shared.Next(3, 126);
        ulong* content = stackalloc ulong[] { MachineCode.Return(value), value };
        if (pwrite(fd, content, 16, 0) != 16) return $"pwrite 失败 {strerrorname_np(errno)}";

        string end = Child.Run(["child", access, $"{prot:D}"], (fd, ChildFd));
        if (pread(fd, &value, 1, 8) != 1) return $"pread 失败 {strerrorname_np(errno)}";
        return end == $"退出码 {value}" ? Table.Allowed : end;
    }

    // 子进程以读到、存下或执行得到的值退出；父进程拿它与对象里的比。
    private static int Access(string access, Protection prot)
    {
        if (fstat(ChildFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != (long)Size) return Table.Usage();
        byte* start = (byte*)mmap(null, Size, prot, MAP_SHARED, ChildFd, 0);
        if (start == MAP_FAILED) return Fail(errno, $"mmap(null, {Size}, {prot:D}, MAP_SHARED, {ChildFd}, 0)");

        byte value = (byte)Random.Shared.Next(3, 126);
        if (access == "read") memcpy(&value, start + 8, 1);
        if (access == "store") memset(start + 8, value, 1);
        if (access == "execute") value = (byte)((delegate* unmanaged<int>)start)();
        if (access == "managed") try { start[8] = value; } catch (Exception) { return 0; }
        return value;
    }
}
