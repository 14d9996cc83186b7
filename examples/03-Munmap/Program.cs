// 解除映射。对应文章「munmap删除映射」。
//
//     dotnet run --project examples/03-Munmap
//
// 映射连续的三页，解除中间一页，/proc/self/maps 里的一个映射就成了两个。再访问中间那页是致命的，让子进程去试。
// 解除的只是映射：支撑对象和里面的值都还在。
using System.Runtime.CompilerServices;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

unsafe
{
    bool child = args is ["memset" or "pointer", "second" or "third"] && was_spawned;
    if (args.Length > 0 && !child) errx(2, "用法：Munmap（没有参数；子进程由它自己启动）");

    // 让出的地址会被别的 mmap 拿去，.NET 自己也一直在映射。内核给它们找空位是从高处起，建议一个低处就不会相撞。
    nuint page = (nuint)getpagesize();
    int fd = Must(memfd_create("munmap", MFD_CLOEXEC));
    Must(ftruncate(fd, 3 * (long)page));
    void* start = Must(mmap((void*)0x10_0000_0000, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    byte* first = (byte*)start, second = first + page, third = second + page;
    if (child) return Touch();

    byte[] stored = new byte[3];
    Random.Shared.NextBytes(stored);
    (*first, *second, *third) = (stored[0], stored[1], stored[2]);
    Observe("D1", $"mmap 三页，maps 里是一个映射：{Is(Maps(), Range(first, third + page))}");

    // 长度按页向上取整：给 1，解除的也是一整页。
    Must(munmap(second, 1));
    string halves = Is(Maps(), $"{Range(first, second)} {Range(third, third + page)}");
    Observe("D1", $"munmap 中间一页，变成两个：{halves}");
    Observe("D1", $"前后两页照常可用，值仍是 {Is(*first, stored[0])} 和 {Is(*third, stored[2])}");

    // 系统调用不会让进程死：内核发现地址无效，只回答错误。
    Observe("D1", $"系统调用 pwrite 访问中间一页：{Is(Outcome((int)pwrite(fd, second, 1, 0)), "EFAULT")}，进程照常");
    string mapped = Is(ChildProcess.Run(["memset", "third"]), "退出码 0");
    string unmapped = Is(ChildProcess.Run(["memset", "second"]), "SIGSEGV");
    Observe("D1", $"子进程照样解除中间一页，memset 第三页：{mapped}；memset 中间一页：{unmapped}");

    // 同一个错误发生在 C# 代码里，CoreCLR 报告 AccessViolationException 后 abort，catch 接不住；NativeAOT 没有约定。
    string pointer = ChildProcess.Run(["pointer", "second"]);
    if (RuntimeFeature.IsDynamicCodeSupported) Is(pointer, "SIGABRT");
    Observe("D1", $"子进程照样解除中间一页，用 C# 的指针写入那里：{pointer}");

    Must(munmap(first, 3 * page));
    Observe("D1", $"munmap 全部三页（中间早已空着，不算错）：maps 里{Is(Maps(), "没有了")}");
    byte* again = stackalloc byte[3];
    for (int i = 0; i < 3; i++) Must(pread(fd, again + i, 1, i * (long)page));
    string values = Is($"{again[0]} {again[1]} {again[2]}", string.Join(' ', stored));
    Observe("D1", $"映射都没有了，从支撑对象仍读出写入的三个值：{values}");
    Must(close(fd));
    return ExitCode;

    // 子进程：解除中间一页，再访问一页。
    int Touch()
    {
        Must(munmap(second, page));
        byte* target = args[1] == "second" ? second : third;
        if (args[0] == "memset") memset(target, 1, 1);
        else *target = 1;
        return 0;
    }

    // /proc/self/maps 里覆盖这三页的各个映射：起始与结束的地址。
    string Maps()
    {
        string?[] lines = [Proc.Mapping(first), Proc.Mapping(second), Proc.Mapping(third)];
        IEnumerable<string> ranges = lines.OfType<string>().Select(line => line.Split(' ')[0]).Distinct();
        return string.Join(' ', ranges.DefaultIfEmpty("没有了"));
    }

    static string Range(byte* start, byte* end) => $"{(nint)start:x8}-{(nint)end:x8}";
}
