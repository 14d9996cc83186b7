namespace Examples.Tour;

/// <summary>导览里的一站：一个示例，由一个或几个依次启动的进程组成。</summary>
/// <param name="Folder">examples 之下的目录，开头两位是文章的小节号。</param>
/// <param name="Title">这个示例展示什么。</param>
/// <param name="Section">文章里的小节；没有对应的小节时为 null。</param>
/// <param name="Steps">依次启动的程序。</param>
internal sealed record Stop(string Folder, string Title, string? Section, params Step[] Steps)
{
    /// <summary>小节号，例如 06。</summary>
    public string Number => Folder[..2];

    /// <summary>名字：目录的最后一段，去掉小节号。</summary>
    public string Name => Suite.Program(Folder);

    /// <summary>有规定的输出：文章的三组程序，默认就显示它们的每一行。</summary>
    public bool IsExchange => Section is not null && Steps.Any(step => step.Expected is not []);

    /// <summary>对应文章的哪里。</summary>
    public string Source => Section is null ? "文章之外" : $"文章「{Section}」";
}

/// <summary>启动一个程序。参数和应有的输出里，{name}、{file}、{value}、{text} 换成这一次独有的值，
/// {pid} 换成它的进程编号。</summary>
/// <param name="Project">examples 之下的项目目录。</param>
/// <param name="Arguments">命令行参数。</param>
/// <param name="Expected">标准输出应有的各行；为空则由程序自己判断，退出码 0 就是符合。</param>
internal sealed record Step(string Project, string[] Arguments, params string[] Expected);

/// <summary>全部示例，按文章的顺序；新增示例只要在这里加一项。</summary>
internal static class Catalog
{
    public static readonly Stop[] Stops =
    [
        Observes("01-Tmpfs", "共享内存对象就是 tmpfs 上的一个文件", "POSIX Api简介"),
        Observes("02-Mmap/Protection", "六种保护：读、写、执行，哪些允许，哪些致命", "mmap 映射内存"),
        Observes("02-Mmap/SharedVsPrivate", "MAP_SHARED 与 MAP_PRIVATE：谁看得到修改", "mmap 映射内存"),
        Observes("02-Mmap/Placement", "start、len、offset 与 MAP_FIXED：映射放在哪里", "mmap 映射内存"),
        Observes("02-Mmap/NoReadWrite", "映射之后不再 read、write，描述符可以关闭", "mmap系列函数简介"),
        Observes("03-Munmap", "解除映射，从中间解除会一分为二", "munmap删除映射"),
        Observes("04-Msync", "msync 关系到落盘，与别的进程看不看得到无关", "msync实时同步"),
        new("05-AnonymousMapping", "匿名共享内存：亲缘进程交换一个 int", "通过匿名内存映射提供亲缘进程间的通信",
            new Step("05-AnonymousMapping", [], "child:set memory 1", "parent:memory value 1")),
        new("06-FileMapping", "内存映射文件：无亲缘进程交换一个 int", "通过内存映射文件提供无亲缘进程间的通信",
            new Step("06-FileMapping/Writer", ["{file}", "{value}"], "process:{pid} send:{value}"),
            new Step("06-FileMapping/Reader", ["{file}"], "process:{pid} receive:{value}")),
        Observes("07-BackingObjects", "支撑对象只有两类：磁盘上的文件，和内存", "POSIX共享内存底层支撑对象"),
        Observes("08-ShmOpen", "shm_open 的标志、权限和名字的规则", "shm_open打开共享内存区"),
        Observes("09-ShmUnlink", "删除的只是名字，内存等最后一个引用消失", "shm_unlink删除共享内存对象"),
        new("10-ShmSemaphore", "共享内存对象加信号量：发送一条消息", "代码简单测试实例",
            new Step("10-ShmSemaphore/Sender", ["{name}", "{text}"], "process:{pid} send:{text}"),
            new Step("10-ShmSemaphore/Receiver", ["{name}"], "process:{pid} recv:{text}")),
        Observes("11-WhyNotFork", "C# 为什么不 fork：.NET 自己的代码就在 MAP_SHARED 里", null, "2"),
        Observes("12-AttachRace", "先问大小还是先等信号量：一次竞争，两种结局", null),
        Observes("13-LostUpdates", "没有信号量会丢失多少次加法", null),
        Observes("13-Letters", "写完之后再通知，等到之后再读：sem_post 与 Volatile", null),
        Observes("14-ShmFull", "/dev/shm 满了：SIGBUS，还是 ENOSPC", null),
        Observes("15-WhyFast", "共享内存、管道、套接字：各要多久", null, "--quick"),
        Observes("16-DotNetWay", "地道的 .NET 写法，与第 10 章的程序互通", null),
        Observes("16-Waiting", "有时限、能取消的等待：一段一段地等", null),
        Observes("16-Views", "MemoryMappedFile 里要试过才知道的三件事", null),
        Observes("17-Interop", "共享内存与语言无关：C#、C、Python 交换一个结构", null),
        new("18-Overlap", "几个发送方、接收方同时来，一条消息也不丢", null,
            new Step("18-Overlap/Sender", ["{name}", "{text}"], "process:{pid} send:{text}"),
            new Step("18-Overlap/Receiver", ["{name}"], "process:{pid} recv:{text}")),
        Observes("19-RingBuffer", "不必叫醒对方的队列：环形缓冲区，一方死了另一方知道", null),
        Observes("19-Records", "长短不一的消息，用的还是 19 的环", null),
        Observes("20-RobustMutex", "持有锁的进程死了：互斥锁、信号量、flock", null),
        Observes("21-PassMemory", "没有名字的内存，交给不相干的进程：memfd、封条、SCM_RIGHTS", null),
        Observes("22-SystemV", "System V 的共享内存，与 POSIX 的对照", null),
    ];

    /// <summary>按小节号、目录名或程序名挑选，不分大小写。</summary>
    public static Stop[] Find(string wanted) => [.. Stops.Where(stop =>
        stop.Steps.Select(step => step.Project).Append(stop.Folder).Any(path => Matches(path, wanted)))];

    private static bool Matches(string path, string wanted)
    {
        // 02-Mmap/Protection 可以叫 02、02-Mmap、Protection，也可以写全。
        string[] parts = path.Split('/');
        string[] names = [path, parts[0][..2], parts[0][..2].TrimStart('0'), parts[0], parts[0][3..], parts[^1]];
        return names.Contains(wanted, StringComparer.OrdinalIgnoreCase);
    }

    // 自己观察、自己判断的程序：退出码 0 就是全部符合预期。
    private static Stop Observes(string project, string title, string? section, params string[] arguments) =>
        new(project, title, section, new Step(project, arguments));
}
