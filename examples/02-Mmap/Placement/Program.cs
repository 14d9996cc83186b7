// 映射放在哪里，映射对象的哪一段。对应文章「mmap 映射内存」的 start、len、flags（MAP_FIXED、MAP_ANON）、fd、offset 参数。
//
//     dotnet run --project examples/02-Mmap/Placement
//
// 对象长一页半，第一页每个字节都是 A，之后都是 B：A、B 是每次运行随机选的数。
using Examples;
using static Examples.Observation;
using static Posix.Libc;
using static Support;

internal static unsafe class Program
{
    private static int Main(string[] args)
    {
        if (args.Length > 0) return args is ["child", string which] ? ReadOneByte(which) : Usage();

        int fd = CreateObject();
        Start(fd);
        Fixed(fd);
        LengthAndOffset(fd);
        Anonymous(fd);
        close(fd);
        return ExitCode;
    }

    private static void Start(int fd)
    {
        byte* first = Must(mmap(null, Page, PROT_READ, MAP_SHARED, fd, 0));
        byte* second = Must(mmap(null, Page, PROT_READ, MAP_SHARED, fd, 0));
        Observe("C1", "start 为 NULL，映射两次", "不同的两页的开头", $"0x{(nint)first:x} 和 0x{(nint)second:x}", AreTwoPages(first, second));

        // 没有 MAP_FIXED，start 只是建议：那里已有映射，内核就另选地址，不碰原来的。
        byte* third = Must(mmap(first, Page, PROT_READ, MAP_SHARED, fd, (long)Page));
        Observe("C1", "start 是已有映射的地址", $"另选的地址，原处仍是 {A}", $"{(third == first ? "同一个" : "另选的")}地址，原处仍是 {*first}");

        // 四页中间挖掉两页，得到空着的地址。建议怎样用，POSIX 让实现自己定，所以只报告。
        byte* four = Must(mmap(null, 4 * Page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        byte* hole = four + Page;
        munmap(hole, 2 * Page);
        byte* aligned = Must(mmap(hole, Page, PROT_READ, MAP_SHARED, fd, 0));
        Report("C1", "start 是空着的地址，在页的开头", aligned == hole ? "就在 start" : "另选的地址");
        byte* unaligned = Must(mmap(hole + Page + 1, Page, PROT_READ, MAP_SHARED, fd, 0));
        Report("C1", "start 是空着的地址，比页的开头多 1", unaligned == hole + Page ? "在这一页的开头" : "另选的地址");
        Unmap(first, second, third, four, aligned, unaligned, four + 3 * Page);
    }

    private static void Fixed(int fd)
    {
        // 盖在一个两页的映射的第一页上。内核照办，一声不响：这就是不鼓励用它的原因。
        byte* start = Must(mmap(null, 2 * Page, PROT_READ, MAP_SHARED, fd, 0));
        byte before = start[0];
        byte* result = Must(mmap(start, Page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        Observe("C6", "MAP_FIXED，start 是已有映射的地址", $"就在 start，{A} 变成 0", $"{(result == start ? "就在 start" : "在别处")}，{before} 变成 {start[0]}");
        Observe("C6", "盖掉的只是映射：对象的开头、映射的第二页", $"{A}、{B}", $"{ByteInObject(fd, 0)}、{start[Page]}");

        string refused = ErrorOf(mmap(start + Page, Page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
        Observe("C6", "MAP_FIXED_NOREPLACE，start 是已有映射的地址", $"EEXIST，那里仍是 {B}", $"{refused}，那里仍是 {start[Page]}");
        Observe("C6", "MAP_FIXED，start 比页的开头多 1", "EINVAL", ErrorOf(mmap(start + 1, Page, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0)));
        Unmap(start, start + Page);
    }

    private static void LengthAndOffset(int fd)
    {
        Observe("C2", "len 为 0", "EINVAL", ErrorOf(mmap(null, 0, PROT_READ, MAP_SHARED, fd, 0)));
        Observe("C2", "offset 为 1，不是页大小的整数倍", "EINVAL", ErrorOf(mmap(null, Page, PROT_READ, MAP_SHARED, fd, 1)));

        byte* start = Must(mmap(null, Page, PROT_READ, MAP_SHARED, fd, (long)Page));
        Observe("C2", $"offset 为 {Page}（一页），映射的第一个字节是对象的第 {Page} 个（从 0 数）", B, *start);

        // 对象到这一页的一半为止。另一半不属于对象，读出来是 0；再往后一页什么也没有。
        var rest = new ReadOnlySpan<byte>(start + Page - Rest, Rest);
        Observe("C2", $"对象结尾之后，同一页剩下的 {Rest} 个字节里 0 的个数", Rest, rest.Count((byte)0));
        Observe("C2", "读对象末页的最后一个字节（子进程以它退出）", "退出码 0", Child.Run(["child", "last"], (fd, ChildFd)));
        Observe("C2", "读对象末页之后的那一页", "SIGBUS", Child.Run(["child", "behind"], (fd, ChildFd)));
        Unmap(start);
    }

    private static void Anonymous(int fd)
    {
        // POSIX.1-2024 收进了 MAP_ANONYMOUS 和同义的 MAP_ANON（Austin Group 850 号）。BSD 只认 fd 为 -1，Linux 不看它。
        foreach ((string what, int ignored) in new[] { (" -1", -1), ("对象的描述符", fd), ("没有打开的描述符", int.MaxValue) })
        {
            byte* start = Must(mmap(null, Page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, ignored, 0));
            byte before = *start;
            *start = B;
            Observe("C7", $"MAP_ANONYMOUS，fd 是{what}", $"读到 0，存 {B} 之后对象里仍是 {A}", $"读到 {before}，存 {*start} 之后对象里仍是 {ByteInObject(fd, 0)}");
            Unmap(start);
        }
    }
}
