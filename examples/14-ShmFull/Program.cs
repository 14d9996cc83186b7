// /dev/shm 满了会怎样。对应文章「代码简单测试实例」：那里 ftruncate 之后直接写入。
//
//     dotnet run --project examples/14-ShmFull
//
// ftruncate 只改大小，内存到第一次写入才分配。分不到时没有哪个调用可以报错，写入的进程收到 SIGBUS。
// posix_fallocate 现在就申请，申请不到是一个错误编号。为了不填满整机共用的 /dev/shm，程序在私有的挂载命名空间里
// 换上一个 64 KiB 的；系统不允许就说一句，不算失败。
using System.Diagnostics;
using Examples;
using Posix;
using static Examples.Observation;
using static Posix.Libc;

const int ObjectFd = 3;

if (args is ["inner"] && was_spawned) return Inner();
if (args is ["fill"] && was_spawned) return Fill();
if (args.Length > 0) errx(2, "用法：ShmFull（没有参数）");

string[]? prefix = OwnShm.Prefix("size=64k", out string refused);
if (prefix == null)
{
    Observe("X9", $"系统不允许换上 64 KiB 的 /dev/shm，没能观察：{refused}");
    return ExitCode;
}

// 一路都是 exec，里面的程序仍是本进程的子进程；它凭这个环境变量认出自己不是手工启动的。
Environment.SetEnvironmentVariable(SpawnedBy, $"{getpid()}");
string[] line = [.. prefix, .. self_command, "inner"];
using Process inner = Process.Start(line[0], line[1..]);
inner.WaitForExit();
if (inner.ExitCode > 1) errx(1, $"{line[0]}: 里面的程序没有正常结束，退出码 {inner.ExitCode}。");
return inner.ExitCode;

static int Inner()
{
    ChildProcess.EndWithParent();
    string name = $"/ShmFull-{Random.Shared.NextInt64():x16}";
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    Must(shm_unlink(name), name);
    Must(fstatfs(fd, out statfs_t fs));
    long all = (long)fs.f_blocks * fs.f_bsize, twice = 2 * all;

    Must(ftruncate(fd, twice));
    Observe("X9", $"/dev/shm 一共 {all} 字节，ftruncate 到 {twice} 字节也成功；占用 {Is(Used(fd), 0)} 字节");
    string ending = Is(ChildProcess.Run(["fill"], (fd, ObjectFd)), "SIGBUS");
    Observe("X9", $"映射它，memset 写满：写入的进程死于 {ending}，这时占用 {Is(Used(fd), all)} 字节");

    // 大小改成 0，占用的内存就归还了；然后换一种办法申请。
    Must(ftruncate(fd, 0));
    string tooMuch = Is(Outcome(posix_fallocate(fd, 0, twice)), "ENOSPC");
    Observe("X9", $"posix_fallocate 申请 {twice} 字节，得到 {tooMuch}；占用 {Is(Used(fd), 0)} 字节");
    Must(posix_fallocate(fd, 0, all));
    Observe("X9", $"posix_fallocate 申请 {all} 字节，成功；还没有写入，占用 {Is(Used(fd), all)} 字节");
    ending = Is(ChildProcess.Run(["fill"], (fd, ObjectFd)), "退出码 0");
    Observe("X9", $"映射它，memset 写满：写入的进程正常结束，{ending}");
    Must(close(fd));
    return ExitCode;
}

static unsafe int Fill()
{
    Must(fstat(ObjectFd, out stat_t st));
    void* memPtr = Must(mmap(null, (nuint)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, ObjectFd, 0));
    memset(memPtr, 42, (nuint)st.st_size);
    Must(munmap(memPtr, (nuint)st.st_size));
    return 0;
}

// 文件系统按页分配，st_blocks 按 512 字节计。
static long Used(int fd)
{
    Must(fstat(fd, out stat_t st));
    return st.st_blocks * 512;
}
