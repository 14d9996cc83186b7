// 四种共享映射，背后各是什么。对应文章「具体步骤」和「POSIX共享内存底层支撑对象」。
//
//     dotnet run --project examples/07-BackingObjects
//
// 磁盘文件、共享内存对象、memfd、MAP_ANONYMOUS，各写满 16 MiB：叫什么名字，属于哪种内存，写不写磁盘，凭名字能不能打开。
// 答案只有两类：磁盘文件是一类，后三种同是 tmpfs 的内存页，差别只在谁找得到它。
using Examples;
using Posix;
using static Examples.Observation;
using static Posix.Libc;

// 大到盖过 .NET 自己的增减（程序集算进 RssFile，编译出的代码算进 RssShmem）：它们到不了四分之一。
const int Length = 16 << 20, KiB = Length / 1024;

if (args.Length > 0) errx(2, "用法：BackingObjects（没有参数）");
string name = $"/BackingObjects-{Random.Shared.NextInt64():x16}";
string? folder = DiskFolder.Find();
string path = folder + name;
Undo.Add(() => { unlink(path); shm_unlink(name); });

Seen? disk = folder == null ? null
    : Fill("open", Must(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR), path), MAP_SHARED);
Seen shared = Fill("shm_open", Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name), MAP_SHARED);
Seen memory = Fill("memfd_create", Must(memfd_create("BackingObjects", MFD_CLOEXEC)), MAP_SHARED);
Seen anonymous = Fill("MAP_ANONYMOUS", -1, MAP_SHARED | MAP_ANONYMOUS);

Seen[] all = disk == null ? [shared, memory, anonymous] : [disk, shared, memory, anonymous];
Console.WriteLine($"  写满 {KiB} KiB 的前后，内核的账上多了多少 KiB：");
Console.WriteLine($"  {Pad("怎样得到", 14)}{Pad("maps 里的名字", 41)}设备   RssFile RssShmem  写磁盘  凭名字打开");
foreach (Seen it in all)
    Console.WriteLine($"  {it.How,-14}{it.Name,-41}{it.Device,-6}" +
        $"{it.RssFile,8:+0;-0;0}{it.RssShmem,9:+0;-0;0}{it.Disk,8:+0;-0;0}  {it.ByName}");

Observe("H1", $"先 shm_open 再 mmap：映射着的文件，名字是 /{Is(Path.GetFileName(shared.Name), name[1..])}");
Observe("H2", disk == null ? "没有可写的、在磁盘文件系统上的目录，看不了磁盘文件"
    : $"磁盘文件：RssFile 增加 {Full(disk.RssFile)} KiB（也有 .NET 自己的），要写到磁盘的 {Full(disk.Disk)} KiB");
Observe("H3", $"共享内存对象：在 {Is(shared.On, "tmpfs")} 上，{InMemory(shared)}");
Observe("F3", $"memfd：在 {Is(memory.On, "tmpfs")} 上，{InMemory(memory)}");
Observe("F3", $"MAP_ANONYMOUS：与 memfd 同在设备 {Is(anonymous.Device, memory.Device)} 上，{InMemory(anonymous)}");
foreach (Seen it in all[..^2])
    Observe("B3", $"往 {it.How} 的映射写入 {it.Stored}：凭名字打开，读到 {Is(it.ByName, it.Stored)}");
var nameless = all[^2..].Select(it => $"{it.How} 得到 {Is(it.ByName, "ENOENT")}");
Observe("B3", $"照 maps 里的名字打开没有名字的两种：{string.Join('，', nameless)}");

// 内存紧张时 tmpfs 的页会换出到交换区；这里请内核现在就换。没有交换区，就还在内存里。
unsafe
{
    Must(madvise((void*)shared.Start, Length, MADV_PAGEOUT));
    Observe("H3", $"请内核换出对象的页（MADV_PAGEOUT）：交换区里有 {Proc.SmapsKiB((void*)shared.Start, "Swap")} KiB");
    foreach (Seen it in all) Must(munmap((void*)it.Start, Length));
    return ExitCode;
}

static string Full(long seen) => Is(seen, $"至少 {KiB / 4 * 3}", seen >= KiB / 4 * 3);
static string InMemory(Seen it) => $"RssShmem 增加 {Full(it.RssShmem)} KiB，要写到磁盘的 {Is(it.Disk, 0)} KiB";

// 文章的第一步是 shm_open，这是第二步，四种都一样：映射，写满，看内核记在哪里；再凭 maps 里的名字打开。
static unsafe Seen Fill(string how, int fd, MapFlags flags)
{
    // 现在就申请空间：满了是 ENOSPC，而不是写入的时候 SIGBUS。匿名映射没有描述符，也就问不到文件系统。
    statfs_t fs = default;
    if (fd != -1) Must(posix_fallocate(fd, 0, Length), how);
    if (fd != -1) Must(fstatfs(fd, out fs));
    void* start = Must(mmap(null, Length, PROT_READ | PROT_WRITE, flags, fd, 0));
    if (fd != -1) Must(close(fd));

    (long file, long shmem, long disk) before = Accounts();
    memset(start, 1, Length);
    Must(msync(start, Length, MS_SYNC));
    (long file, long shmem, long disk) after = Accounts();

    // maps 的一行：地址 权限 偏移 设备 inode 名字。名字里的 (deleted) 只是 maps 的写法，照着打开是没有的。
    string[] line = [.. Proc.Mapping(start)!.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries), "没有名字"];
    int read = 0, stored = *(int*)start = Random.Shared.Next(10_000, 100_000);
    int again = open(line[5], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    string byName = Outcome(again);
    if (again != -1 && Must(pread(again, &read, sizeof(int), 0)) > 0) byName = $"{read}";
    if (again != -1) Must(close(again));
    return new Seen(how, (nint)start, line[5], line[3], fs.f_type == TMPFS_MAGIC ? "tmpfs" : $"0x{fs.f_type:x}",
        after.file - before.file, after.shmem - before.shmem, after.disk - before.disk, $"{stored}", byName);
}

// 内核给本进程记的账，KiB：驻留的文件页，驻留的 tmpfs 页，弄脏了、要写到磁盘的。Seen 里是写满前后的差。
static (long File, long Shmem, long Disk) Accounts() =>
    (Proc.Field("status", "RssFile"), Proc.Field("status", "RssShmem"), Proc.Field("io", "write_bytes") / 1024);

internal sealed record Seen(string How, nint Start, string Name, string Device, string On,
    long RssFile, long RssShmem, long Disk, string Stored, string ByName);
