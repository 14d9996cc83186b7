// MemoryMappedFile 里要试过才知道的三件事。接着 16-DotNetWay，对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/16-Views
//
// 大小定了，内存还没有分配；视图的指针不一定指着视图的开头；只读的映射里，Interlocked.Read 是致命的。
using System.IO.MemoryMappedFiles;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int MemoryFd = 3, Inside = 904;

if (args is ["Interlocked" or "Volatile", var text] && was_spawned) return ReadIn(args[0], long.Parse(text));
if (args.Length > 0) errx(2, "用法：Views（没有参数）");
unsafe
{
    string path = $"/dev/shm/Views-{Random.Shared.NextInt64():x16}";
    long page = Environment.SystemPageSize, number = Random.Shared.NextInt64(1, long.MaxValue);
    Undo.Add(() => File.Delete(path));
    using var file = MemoryMappedFile.CreateFromFile(path, FileMode.CreateNew, null, 2 * page);
    int fd = Must(open(path, O_RDONLY | O_CLOEXEC), path);
    Must(fstat(fd, out stat_t st), path);
    string size = Is(st.st_size, 2 * page), blocks = Is(st.st_blocks, 0);
    Observe("X9", $"CreateFromFile 的 capacity 只是 ftruncate：大小 {size}，占用 {blocks} 块");

    // 映射只能从一页的开头开始：AcquirePointer 给的是那里，不是要的地方。
    using MemoryMappedViewAccessor view = file.CreateViewAccessor(page + Inside, sizeof(long));
    view.Write(0, number);
    byte* start = null;
    view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
    string without = Is(*(long*)start, 0L), at = Is(view.PointerOffset, Inside);
    string with = Is(*(long*)(start + view.PointerOffset), number), from = $"{page + Inside}";
    Observe("H1", $"视图从第 {from} 字节起，那里是 {with}：AcquirePointer 处是 {without}，差 PointerOffset {at}");
    view.SafeMemoryMappedViewHandle.ReleasePointer();

    string dies = Is(ChildProcess.Run(["Interlocked", $"{number}"], (fd, MemoryFd)), "SIGABRT");
    string reads = Is(ChildProcess.Run(["Volatile", $"{number}"], (fd, MemoryFd)), "退出码 0");
    Observe("H1", $"映射是只读的：Interlocked.Read 读 0，死于 {dies}，它也要写；Volatile.Read 读到那个数，{reads}");
    Must(close(fd));
}

return ExitCode;

static unsafe int ReadIn(string way, long number)
{
    nuint page = (nuint)Environment.SystemPageSize;
    byte* second = (byte*)Must(mmap(null, 2 * page, PROT_READ, MAP_SHARED, MemoryFd, 0)) + page;

    // Interlocked.Read 把 0 换成 0。存着的是 0，每种 CPU 都要写；是别的数，x64 照样写，arm64 比较之后可以不写。
    if (way == "Interlocked") return (int)Interlocked.Read(ref *(long*)second);
    return Volatile.Read(ref *(long*)(second + Inside)) == number ? 0 : 1;
}
