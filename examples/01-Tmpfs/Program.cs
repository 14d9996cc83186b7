// 共享内存对象就是 tmpfs 上的一个文件。对应文章「POSIX Api简介」。
//
//     dotnet run --project examples/01-Tmpfs
//
// 创建一个共享内存对象，再用 open 打开 /dev/shm 下的同名文件：映射与文件读写的是同一份内容。
// 然后看内存从哪里来：ftruncate 把大小定为 64 MiB，只写入 1 MiB，占用的就只有 1 MiB。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int Asked = 64 << 20, Stored = 1 << 20;

unsafe
{
    if (args.Length > 0) errx(2, "用法：Tmpfs（没有参数）");
    string name = $"/Tmpfs-{Random.Shared.NextInt64():x16}", path = "/dev/shm" + name;

    // 名字独一无二，可以先登记再创建：中途出错，或按了 Ctrl+C，都不会留下它。
    Undo.Add(() => shm_unlink(name));
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, Asked));
    byte* memPtr = (byte*)Must(mmap(null, Asked, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

    // 把它当作普通文件：用 open 打开，与上面的 fd 无关。
    int file = Must(open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC), path, (ENOENT, "这个系统的对象不在 /dev/shm 下。"));
    Must(fstat(fd, out stat_t st));
    Must(fstat(file, out stat_t fileStat));
    Must(fstatfs(file, out statfs_t fs));
    // 写入没有分到空间的页，满了就是 SIGBUS，所以先看还剩多少（0 块是不设上限）；可靠的办法见 14-ShmFull。
    ulong left = fs.f_bavail * (ulong)fs.f_bsize >> 10;
    string full = $"/dev/shm 只剩 {left} KiB，不够 {Stored >> 10} KiB：df -h /dev/shm 看看。";
    if (fs.f_blocks > 0 && left < Stored >> 10) errx(1, full);

    string same = Is($"{fileStat.st_dev}:{fileStat.st_ino}", $"{st.st_dev}:{st.st_ino}");
    Observe("A3", $"shm_open 创建的对象就是文件 {path}：设备号和 inode 号都是 {same}");
    Observe("A1", $"fstatfs 说它所在的文件系统编号是 {Is($"0x{fs.f_type:x}", $"0x{TMPFS_MAGIC:x}")}，也就是 tmpfs");

    // maps 的一行依次是：地址 权限 偏移 设备 inode 路径。/dev/shm 可能是符号链接，路径就不同，所以比 inode。
    string[] mapping = Proc.Mapping(memPtr)!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    string permissions = Is(mapping[1], "rw-s"), inode = Is(mapping[4], $"{st.st_ino}");
    Observe("A1", $"/proc/self/maps 里的映射：{permissions}（s 是 MAP_SHARED），文件的 inode 号也是 {inode}");
    Observe("A2", $"ftruncate 到 {st.st_size >> 10} KiB，还没有写入：对象占用 {Is(st.st_blocks * 512 >> 10, 0)} KiB");

    // 没有 msync，也没有等待：映射和文件是同一些内存页。
    int value = Random.Shared.Next(), read;
    *(int*)memPtr = value;
    Must(pread(file, &read, sizeof(int), 0));
    Observe("A1", $"经映射写入 {value}：pread 从文件读出 {Is(read, value)}");

    value = Random.Shared.Next();
    Must(pwrite(file, &value, sizeof(int), 0));
    Observe("A1", $"用 pwrite 往文件写入 {value}：从映射读出 {Is(*(int*)memPtr, value)}");

    // 内核按页分配内存，第一次访问才分配。
    memset(memPtr, 1, Stored);
    Must(fstat(fd, out st));
    long used = st.st_blocks * 512 >> 10, rss = Proc.SmapsKiB(memPtr, "Rss");
    bool onlyStored = used >= Stored >> 10 && used < Asked >> 11;
    string seen = Is(used, $"至少 {Stored >> 10}，远少于 {Asked >> 10}", onlyStored);
    Observe("A2", $"写满开头的 {Stored >> 10} KiB：对象占用 {seen} KiB，其中 {rss} KiB 在这个映射的驻留内存里");
    Observe("A2", $"这个 tmpfs 至多占用 {fs.f_blocks * (ulong)fs.f_bsize >> 20} MiB 内存（0 是不设上限）");

    Must(munmap(memPtr, Asked));
    Must(close(file));
    Must(close(fd));
    return ExitCode;
}
