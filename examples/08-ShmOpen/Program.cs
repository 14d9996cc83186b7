// shm_open 的标志、权限与名字。对应文章「shm_open打开共享内存区」。
//
//     dotnet run --project examples/08-ShmOpen
//
// 用文章列出的 oflag 与 mode 逐个打开同一个名字：谁成功、谁失败，对象的大小和权限成了多少。
// 名字本身的规则在 NameRules.cs。
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static NameRules;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int Size = 100;

    private static int Main(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("用法：ShmOpen（没有参数）");
            return 2;
        }

        string name = $"/ShmOpen-{getpid()}";
        int fd = -1;
        using var cleanup = new Cleanup(() => { if (fd != -1) shm_unlink(name); });

        // I1：没有 O_CREAT 只打开已有的，不会创建。
        string missing = Opened(shm_open(name, O_RDWR, 0), out _);
        fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1 || fstat(fd, out stat_t st) == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        Observe("I1", $"{name} 还不存在，shm_open(name, O_RDWR, 0)", "ENOENT", missing);
        Observe("I1", "shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600) 创建了它，新对象的大小", 0, st.st_size);
        string again = Opened(shm_open(name, O_RDWR, 0), out stat_t same);
        Observe("I1", "它已经存在，shm_open(name, O_RDWR, 0) 打开的就是它（inode）", $"成功 {st.st_ino}", $"{again} {same.st_ino}");

        // I2：O_RDONLY 与 O_RDWR 取一，它决定以后能建怎样的映射。
        if (ftruncate(fd, Size) == -1) return Fail(errno, $"ftruncate({fd}, {Size})");
        int readOnly = shm_open(name, O_RDONLY, 0);
        if (readOnly == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDONLY, 0)");
        byte value = (byte)Random.Shared.Next(1, 256);
        byte* memPtr = (byte*)mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {Size}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        byte* view = (byte*)mmap(null, Size, PROT_READ, MAP_SHARED, readOnly, 0);
        if (view == MAP_FAILED) return Fail(errno, $"mmap(null, {Size}, PROT_READ, MAP_SHARED, {readOnly}, 0)");
        *memPtr = value;
        Observe("I2", "从 O_RDWR 的映射存一个值，O_RDONLY 的 PROT_READ 映射读到", value, *view);
        string mapped = Mapped(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, readOnly, 0), Size);
        Observe("I2", "O_RDONLY 的描述符，mmap(PROT_READ | PROT_WRITE, MAP_SHARED)", "EACCES", mapped);
        mapped = Mapped(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_PRIVATE, readOnly, 0), Size);
        Observe("I2", "同一个描述符改用 MAP_PRIVATE，只写自己的副本", "成功", mapped);
        munmap(memPtr, Size);
        munmap(view, Size);
        close(readOnly);

        // O_WRONLY 不在 POSIX 允许之列；Linux 肯打开，可是映射总要能读，打开了也没有用。
        int writeOnly = shm_open(name, O_WRONLY, 0);
        string opened = Outcome(writeOnly);
        mapped = Mapped(mmap(null, Size, PROT_WRITE, MAP_SHARED, writeOnly, 0), Size);
        Report("I2", "不给 O_RDONLY 也不给 O_RDWR，给 O_WRONLY：shm_open，再 mmap(PROT_WRITE, MAP_SHARED)", $"{opened}，{mapped}");
        if (writeOnly != -1) close(writeOnly);

        // I3：O_EXCL 保证是自己新建的；O_TRUNC 清空，此后别人碰旧映射就是 SIGBUS。
        again = Opened(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), out _);
        Observe("I3", "它已经存在，shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600)", "EEXIST", again);
        again = Opened(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), out st);
        Observe("I3", "只给 O_CREAT，没有 O_EXCL：打开原来的，大小不变", $"成功 {Size}", $"{again} {st.st_size}");
        again = Opened(shm_open(name, O_RDWR | O_TRUNC, 0), out st);
        Observe("I3", "给 O_TRUNC：打开原来的，大小截成 0", "成功 0", $"{again} {st.st_size}");
        close(fd);

        // I4：mode 要去掉 umask 里的位。文章的 0666 在常见的 umask 022 之下其实是 0644。
        Mode everyone = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
        foreach ((Mode mask, string expected) in new[] { ((Mode)0, "0666"), (S_IWGRP | S_IWOTH, "0644"), (S_IRWXG | S_IRWXO, "0600") })
        {
            shm_unlink(name);
            Mode previous = umask(mask);
            again = Opened(shm_open(name, O_RDWR | O_CREAT | O_EXCL, everyone), out st);
            umask(previous);
            Observe("I4", $"umask {Octal(mask)}，新建时 mode 给 {Octal(everyone)}，对象的权限", $"成功 {expected}", $"{again} {Octal(st.st_mode)}");
        }

        again = Opened(shm_open(name, O_RDWR, 0), out st);
        Observe("I4", "打开已有的，没有 O_CREAT，mode 给 0，对象的权限不变", "成功 0600", $"{again} {Octal(st.st_mode)}");
        ShowNameRules(name);
        return ExitCode;
    }
}
