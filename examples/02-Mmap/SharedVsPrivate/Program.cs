// MAP_SHARED 与 MAP_PRIVATE。对应文章「mmap 映射内存」里 flags 的这两项。
//
//     dotnet run --project examples/02-Mmap/SharedVsPrivate
//
// 一个文件，两个进程，各把它映射两次：一次 MAP_SHARED，一次 MAP_PRIVATE。
// 看一方存的值，另一方看不看得到，文件变没变。怎样问子进程它看到什么，在 Peer.cs。
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private static int Main(string[] args)
    {
        if (args is ["child"]) return Peer.Child();
        if (args.Length > 0) return Peer.Usage();

        // 百位说明来历：1 是文件原来的内容，2、3 是父进程经 MAP_SHARED、MAP_PRIVATE 存的，4 是子进程经 MAP_SHARED 存的。
        int original = Random.Shared.Next(100, 200), second = Random.Shared.Next(200, 300);
        int third = Random.Shared.Next(300, 400), fourth = Random.Shared.Next(400, 500);

        string path = Path.Combine(DiskFolder.Find() ?? Path.GetTempPath(), $"SharedVsPrivate-{getpid()}");
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"open(\"{path}\", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)");

        // 往后用的都是描述符。名字现在就删，程序怎样结束都不留下文件。
        if (unlink(path) == -1) return Fail(errno, $"unlink(\"{path}\")");
        if (pwrite(fd, &original, sizeof(int), 0) != sizeof(int)) return Fail(errno, $"pwrite({fd}, &original, {sizeof(int)}, 0)");
        Console.Error.WriteLine($"文件是 {path}（名字已经删了，只用描述符），内容是 {original}。");
        if (Map(fd, out int* shared, out int* own) != 0) return 1;
        using var child = new Peer(fd);

        (int Shared, int Private) seen = child.Look();
        Observe("C4", "开始时，子进程经 MAP_SHARED、MAP_PRIVATE 看到的值", (original, original), seen);

        string did = $"父进程经 MAP_SHARED 存 {second}";
        *shared = second;
        seen = child.Look();
        Observe("C4", $"{did}，子进程经 MAP_SHARED 看到的值", second, seen.Shared);
        Observe("C4", $"{did}，文件里的值", $"{second}", InFile(fd));
        Report("C5", $"{did}，子进程经没有写过的 MAP_PRIVATE（POSIX 没有规定）", $"{seen.Private}");

        // 写时复制：第一次存才复制那一页，复制品是进程自己的匿名内存，smaps 里记作 Anonymous。
        did = $"父进程经 MAP_PRIVATE 存 {third}";
        long before = Proc.SmapsKiB(own, "Anonymous");
        *own = third;
        seen = child.Look();
        Observe("C5", $"{did}，自己经 MAP_PRIVATE 看到的值", third, *own);
        Observe("C5", $"{did}，自己经 MAP_SHARED 看到的值", second, *shared);
        Observe("C5", $"{did}，子进程经 MAP_SHARED 看到的值", second, seen.Shared);
        Observe("C5", $"{did}，子进程经 MAP_PRIVATE 看到的值", $"不是 {third}", $"{seen.Private}", seen.Private != third);
        Observe("C5", $"{did}，文件里的值", $"{second}", InFile(fd));
        Observe("C5", $"{did}，这个映射在存之前、之后有多少 KiB 是复制品", (0, getpagesize() / 1024), (before, Proc.SmapsKiB(own, "Anonymous")));

        did = $"子进程经 MAP_SHARED 存 {fourth}";
        child.Store(fourth);
        Observe("C4", $"{did}，父进程经 MAP_SHARED 看到的值", fourth, *shared);
        Report("C5", $"{did}，父进程经已经复制过的 MAP_PRIVATE（POSIX 没有规定）", $"{*own}");

        child.Dispose();
        munmap(shared, sizeof(int));
        munmap(own, sizeof(int));
        Observe("C4", "子进程结束，映射都删除之后，文件里的值", $"{fourth}", InFile(fd));
        close(fd);
        return ExitCode;
    }

    /// <summary>父子两个进程都这样映射：同一个文件，只差一个标志。</summary>
    internal static int Map(int fd, out int* shared, out int* own)
    {
        own = null;
        shared = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        own = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        return own == MAP_FAILED ? Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_PRIVATE, {fd}, 0)") : 0;
    }

    private static string InFile(int fd)
    {
        int value;
        return pread(fd, &value, sizeof(int), 0) == sizeof(int) ? $"{value}" : strerrorname_np(errno);
    }
}
