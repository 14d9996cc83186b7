// 映射的保护：PROT_* 各允许什么。对应文章「mmap 映射内存」的 prot 参数。
//
//     dotnet run --project examples/02-Mmap/Protection
//
// 六种保护，每种读、写、执行各一次。每一次都是一个子进程：做成了就是允许，否则看它死于哪个信号。
// 读与写在 libc 的 memcpy、memset 里进行，.NET 不会改变信号；执行的是父进程写进对象的两条机器指令。
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Examples;
using Posix;
using static Examples.Observation;
using static Posix.Libc;

const int ChildFd = 3;

return args switch
{
    [] => Parent(),
    [string access, string prot] when was_spawned => Access(access, (Protection)int.Parse(prot, null)),
    _ => errx(2, "用法：Protection（没有参数；子进程由它自己启动）"),
};

static unsafe int Parent()
{
    nuint page = (nuint)getpagesize();
    int fd = Must(memfd_create("protection", MFD_CLOEXEC));
    Must(ftruncate(fd, (long)page));

    // 单独的 PROT_WRITE、PROT_EXEC 能不能读，POSIX 没有规定。
    (string, Protection, string?, string, string)[] rows =
    [
        ("PROT_NONE", PROT_NONE, "SIGSEGV", "SIGSEGV", "SIGSEGV"),
        ("PROT_READ", PROT_READ, "允许", "SIGSEGV", "SIGSEGV"),
        ("PROT_WRITE", PROT_WRITE, null, "允许", "SIGSEGV"),
        ("PROT_EXEC", PROT_EXEC, null, "SIGSEGV", "允许"),
        ("PROT_READ | PROT_WRITE", PROT_READ | PROT_WRITE, "允许", "允许", "SIGSEGV"),
        ("PROT_READ | PROT_EXEC", PROT_READ | PROT_EXEC, "允许", "SIGSEGV", "允许"),
    ];
    List<string> judged = [];
    Console.WriteLine("  prot                    maps  读        写        执行");
    foreach ((string name, Protection prot, string? canRead, string canWrite, string canRun) in rows)
    {
        // 只映射，不访问：系统的安全策略若不允许可执行的映射，在这里就拒绝了。
        void* start = Must(mmap(null, page, prot, MAP_SHARED, fd, 0), name, (EPERM, Allowed), (EACCES, Allowed));
        string maps = start == MAP_FAILED ? strerrorname_np(errno) : Proc.Mapping(start)!.Split(' ')[1];
        if (start == MAP_FAILED) Console.WriteLine($"  {name,-24}{maps}：这个系统不允许这样映射");
        if (start == MAP_FAILED) continue;
        Must(munmap(start, page));

        string read = InChild(fd, "read", prot), write = InChild(fd, "write", prot), run = InChild(fd, "run", prot);
        judged.AddRange(canRead == null ? [write, run] : [read, write, run]);
        read = canRead == null ? read + "*" : Is(read, canRead);
        Console.WriteLine($"  {name,-24}{maps,-6}{Pad(read, 10)}{Pad(Is(write, canWrite), 10)}{Is(run, canRun)}");
    }

    (int well, int died) = (judged.Count(ending => ending == "允许"), judged.Count(ending => ending == "SIGSEGV"));
    Observe("C3", $"允许的权限都能用，{well} 次；其余的一用就死于 SIGSEGV，{died} 次（* 是 POSIX 没有规定的，不判断）");

    // 同样的错误出在 C# 语句里：CoreCLR 把信号变成致命的 AccessViolationException，catch 接不住。
    string managed = InChild(fd, "managed", PROT_READ);
    if (RuntimeFeature.IsDynamicCodeSupported) Is(managed, "SIGABRT");
    Observe("C3", $"C# 语句往 PROT_READ 的映射里写入，外面有 try/catch：{managed}");

    // 请内核代写就没有信号：调用失败，进程照常。
    void* readOnly = Must(mmap(null, page, PROT_READ, MAP_SHARED, fd, 0));
    string refused = Is(Outcome((int)pread(fd, readOnly, 1, 0)), "EFAULT");
    Observe("C3", $"系统调用 pread 往 PROT_READ 的映射里写入：{refused}，进程照常");
    Must(munmap(readOnly, page));
    Must(close(fd));
    return ExitCode;
}

// 对象里先是「返回 value」的机器码，再是 value 本身：真的读到、写入、执行了，子进程才知道它是几。
static unsafe string InChild(int fd, string access, Protection prot)
{
    // 写进对象要经过描述符，再映射成可执行的：arm64 的指令缓存由内核在建页时清理。
    byte value = (byte)Random.Shared.Next(3, 126);
    ulong code = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? 0xD65F03C0_52800000 | ((ulong)value << 5) // movz w0, #value；ret
        : 0xC3_00000000_B8 | ((ulong)value << 8);   // mov eax, value；ret
    ulong* content = stackalloc ulong[] { code, value };
    Must(pwrite(fd, content, 16, 0));

    string ending = ChildProcess.Run([access, $"{prot:D}"], (fd, ChildFd));
    Must(pread(fd, &value, 1, 8));
    return ending == $"退出码 {value}" ? "允许" : ending;
}

// 子进程以读到、写入或执行得到的值退出；父进程拿它与对象里的比。
static unsafe int Access(string access, Protection prot)
{
    byte* start = (byte*)Must(mmap(null, (nuint)getpagesize(), prot, MAP_SHARED, ChildFd, 0));
    byte value = (byte)Random.Shared.Next(3, 126);
    if (access == "read") memcpy(&value, start + 8, 1);
    if (access == "write") memset(start + 8, value, 1);
    if (access == "run") value = (byte)((delegate* unmanaged<int>)start)();
    if (access == "managed") try { start[8] = value; } catch (Exception) { value = 0; }
    return value;
}
