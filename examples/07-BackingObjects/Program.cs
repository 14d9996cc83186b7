// 四种共享映射，背后各是什么。对应文章「具体步骤」和「POSIX共享内存底层支撑对象」。
//
//     dotnet run --project examples/07-BackingObjects
//
// 磁盘文件、共享内存对象、MAP_ANONYMOUS、memfd，各存满 16 MiB，看名字、文件系统、算哪种内存、写不写磁盘。
// 答案只有两类：文件是一类，后三种同是 tmpfs 的内存页，差别只在谁找得到它。
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;
using Proc = Examples.Proc;

internal static unsafe class Program
{
    // 大到盖过 .NET 自己的增减：加载程序集算进 RssFile，编译出的代码算进 RssShmem。
    private const int Length = 16 << 20;

    private static int Main(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("用法：BackingObjects（没有参数）");
            return 2;
        }

        string name = $"/BackingObjects-{getpid()}";
        string? folder = Examples.DiskFolder.Find();
        string path = folder + name;
        int file = -1, shm = -1;
        using var cleanup = new Examples.Cleanup(() => { if (file != -1) unlink(path); if (shm != -1) shm_unlink(name); });

        file = folder == null ? -1 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (folder != null && file == -1) return Fail(errno, $"open(\"{path}\", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)");
        shm = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (shm == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        int memfd = memfd_create("BackingObjects", MFD_CLOEXEC);
        if (memfd == -1) return Fail(errno, "memfd_create(\"BackingObjects\", MFD_CLOEXEC)");

        // 路径按内核所记的：目录里若有符号链接，maps 里是解析之后的。
        var onDisk = new Backing("H2", "磁盘文件（open）", new FileInfo($"/proc/self/fd/{file}").LinkTarget ?? path, file, MAP_SHARED, "RssFile");
        var shmObject = new Backing("H3", "共享内存对象（shm_open）", "/dev/shm" + name, shm, MAP_SHARED, "RssShmem");
        var anonymous = new Backing("F3", "MAP_ANONYMOUS", "/dev/zero (deleted)", -1, MAP_SHARED | MAP_ANONYMOUS, "RssShmem");
        var memFile = new Backing("F3", "memfd_create", "/memfd:BackingObjects (deleted)", memfd, MAP_SHARED, "RssShmem");
        Backing[] all = folder == null ? [shmObject, anonymous, memFile] : [onDisk, shmObject, anonymous, memFile];
        foreach (Backing b in all)
        {
            // 现在就要到空间：满了是 ENOSPC，而不是存的时候 SIGBUS。
            Errno error = b == anonymous ? 0 : posix_fallocate(b.Fd, 0, Length);
            if (error != 0) return Fail(error, $"posix_fallocate({b.Fd}, 0, {Length})");
            b.Memory = mmap(null, Length, PROT_READ | PROT_WRITE, b.Flags, b.Fd, 0);
            if (b.Memory == MAP_FAILED) return Fail(errno, $"mmap(null, {Length}, PROT_READ | PROT_WRITE, 0x{(int)b.Flags:x}, {b.Fd}, 0)");
        }

        if (folder == null) Report("H2", "磁盘文件（open）", "没有可写的磁盘目录：/var/tmp、临时目录、个人目录、当前目录都不是");
        foreach (Backing b in all)
        {
            bool disk = b == onDisk;
            Observe(b == shmObject ? "H1" : b.Id, $"{b.What}，mmap 之后在 /proc/self/maps 里的名字", b.Name, b.NameInMaps);

            // 匿名映射没有描述符可问；它的设备号若与 memfd 相同，就在同一个文件系统上。
            if (b == anonymous) Observe(b.Id, $"{b.What}，在 maps 里的设备号，与 memfd_create 的相同", memFile.Device, b.Device);
            else if (fstatfs(b.Fd, out statfs_t fs) == -1) return Fail(errno, $"fstatfs({b.Fd})");
            else Observe(b.Id, $"{b.What}，文件系统的 f_type（tmpfs 是 0x1021994）", disk ? "别的" : "0x1021994", $"0x{fs.f_type:x}", fs.f_type == TMPFS_MAGIC != disk);

            Accounts before = Accounts.Now;
            memset(b.Memory, 1, Length);
            if (msync(b.Memory, Length, MS_SYNC) == -1) return Fail(errno, $"msync({Length}, MS_SYNC)");
            Accounts grown = Accounts.Now - before;
            Observe(b.Id, $"{b.What}，存满 {Length >> 10} KiB，驻留内存增加在哪一项（KiB）", b.Account, $"{grown}", grown.Counted(b.Account, Length >> 10));
            bool written = disk ? grown.Disk >= Length >> 10 : grown.Disk == 0;
            Observe(b.Id, $"{b.What}，存满再 msync，要写到磁盘的（write_bytes，KiB）", disk ? $"至少 {Length >> 10}" : "0", $"{grown.Disk}", written);

            // 名字在文件系统里的，谁都能打开；(deleted) 只是 maps 的写法，打不开，要把描述符交给亲缘进程。
            int seen, value = *(int*)b.Memory = Random.Shared.Next();
            int again = open(b.NameInMaps, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
            string result = again != -1 && pread(again, &seen, sizeof(int), 0) == sizeof(int) ? $"{seen}" : strerrorname_np(errno);
            if (disk || b == shmObject) Observe("B3", $"{b.What}，可供无亲缘进程：凭名字打开，读出存的随机数", $"{value}", result);
            else Observe("B3", $"{b.What}，只供亲缘进程：凭 maps 里的名字打不开", "ENOENT", result);
            if (again != -1) close(again);
        }

        // 内存紧张时 tmpfs 的页会换出到交换区；这里请内核现在就换。没有交换区，就还在内存里。
        if (madvise(shmObject.Memory, Length, MADV_PAGEOUT) == -1) return Fail(errno, $"madvise({Length}, MADV_PAGEOUT)");
        Report("H3", $"{shmObject.What}，请内核换出（MADV_PAGEOUT），到了交换区的（KiB，没有交换区则为 0）", $"{Proc.SmapsKiB(shmObject.Memory, "Swap")}");

        foreach (Backing b in all) b.Release(Length);
        return ExitCode;
    }
}
