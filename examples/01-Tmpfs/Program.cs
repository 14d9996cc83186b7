// 共享内存对象就是 tmpfs 上的一个文件。对应文章「POSIX Api简介」。
//
//     dotnet run --project examples/01-Tmpfs
//
// 建一个共享内存对象，再到 /dev/shm 下把它当普通文件打开：映射与文件读写的是同一份内容。
// 然后看内存从哪里来：ftruncate 要 64 MiB，只存 1 MiB，占用的就只有 1 MiB。
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;
using Cleanup = Examples.Cleanup;
using Proc = Examples.Proc;

internal static unsafe class Program
{
    private const int Asked = 64 << 20;
    private const int Stored = 1 << 20;

    private static int Main(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("用法：Tmpfs（没有参数）");
            return 2;
        }

        string name = $"/Tmpfs-{getpid()}";
        string path = "/dev/shm" + name;
        int fd = -1;
        using var cleanup = new Cleanup(() => { if (fd != -1) shm_unlink(name); });

        fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        if (ftruncate(fd, Asked) == -1) return Fail(errno, $"ftruncate({fd}, {Asked})");
        byte* memory = (byte*)mmap(null, Asked, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) return Fail(errno, $"mmap(null, {Asked}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");

        // 把对象当普通文件：open 打开 /dev/shm 下的同名文件，与上面的 fd 无关。
        int file = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        if (file == -1) return Fail(errno, $"open(\"{path}\", O_RDWR | O_NOFOLLOW | O_CLOEXEC)", (ENOENT, "这个系统的对象不在 /dev/shm 下。"));
        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
        if (fstat(file, out stat_t fileStat) == -1) return Fail(errno, $"fstat({file})");
        if (fstatfs(file, out statfs_t fs) == -1) return Fail(errno, $"fstatfs({file})");

        // 存进没分到空间的页，满了就是 SIGBUS。先看还剩多少（0 块是不设上限）；真的程序用 posix_fallocate，见 14-ShmFull。
        bool full = fs.f_blocks > 0 && fs.f_bavail * (ulong)fs.f_bsize < Stored;
        if (full) return Fail(ENOSPC, $"fstatfs({file}).f_bavail = {fs.f_bavail}", (ENOSPC, $"不到 {Stored >> 10} KiB：df -h /dev/shm 看看谁占着。"));

        Observe("A3", $"shm_open(\"{name}\") 的对象就是 open(\"{path}\") 的文件，inode 号相同", st.st_ino, fileStat.st_ino);
        Observe("A1", "fstatfs 说这个文件所在的文件系统（tmpfs 的编号是 0x1021994）", $"0x{TMPFS_MAGIC:x}", $"0x{fs.f_type:x}");
        Observe("A1", "对象 mmap 之后，/proc/self/maps 里的权限（s 是 MAP_SHARED）与文件", $"rw-s {path}", Mapping(memory));

        // 没有 msync，也没有等待：映射和文件是同一些内存页。
        int value = Random.Shared.Next(), read;
        *(int*)memory = value;
        if (pread(file, &read, sizeof(int), 0) != sizeof(int)) return Fail(errno, $"pread({file}, {sizeof(int)}, 0)");
        Observe("A1", "往映射里存一个随机数，用 pread 从文件读出", value, read);

        value = Random.Shared.Next();
        if (pwrite(file, &value, sizeof(int), sizeof(int)) != sizeof(int)) return Fail(errno, $"pwrite({file}, {sizeof(int)}, {sizeof(int)})");
        Observe("A1", "用 pwrite 往文件写一个随机数，从映射读出", value, ((int*)memory)[1]);

        // st 是存值之前取的：那时只有 ftruncate 要来的大小。
        Observe("A2", $"ftruncate 要了 {st.st_size >> 10} KiB，还没有存，对象占用的内存（KiB）", 0, st.st_blocks * 512 >> 10);

        // 碰到哪一页，内核才给哪一页。
        memset(memory, 1, Stored);
        if (fstat(fd, out st) == -1) return Fail(errno, $"fstat({fd})");
        long used = st.st_blocks * 512 >> 10;
        bool onlyStored = used >= Stored >> 10 && used < Asked >> 11;
        Observe("A2", $"存满开头的 {Stored >> 10} KiB，对象占用的内存（KiB）", $"至少 {Stored >> 10}，远少于 {Asked >> 10}", $"{used}", onlyStored);
        Observe("A2", "这些页就是内存：/proc/self/smaps 里这个映射驻留的（Rss，KiB），与占用的相同", used, Proc.SmapsKiB(memory, "Rss"));
        Report("A2", "这个 tmpfs 最多借走的内存（fstatfs，MiB；0 是不设上限）", $"{fs.f_blocks * (ulong)fs.f_bsize >> 20}");

        munmap(memory, Asked);
        close(file);
        close(fd);
        return ExitCode;
    }

    // maps 的一行依次是：地址 权限 偏移 设备 inode 文件。
    private static string Mapping(void* address) =>
        Proc.Mapping(address) is string line ? $"{line.Split(' ')[1]} {line[Math.Max(0, line.IndexOf('/'))..]}" : "没有这个映射";
}
