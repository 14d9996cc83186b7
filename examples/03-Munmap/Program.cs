// 删除映射。对应文章「munmap删除映射」。
//
//     dotnet run --project examples/03-Munmap
//
// 映射连续的三页，删掉中间一页，/proc/self/maps 里的一个映射就成了两个。再碰中间那页是致命的，让子进程去碰。
// 删除的只是映射：支撑对象和里面的值都还在。
using System.Runtime.CompilerServices;
using Examples;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private static readonly nuint Page = (nuint)getpagesize();

    private static int Main(string[] args) => args switch
    {
        [] => Parent(),
        ["memset" or "pointer", "2" or "3"] => Touch(args[0], int.Parse(args[1])),
        _ => Usage(),
    };

    private static int Parent()
    {
        if (Map(out int fd, out byte* start) != 0) return 1;
        byte* second = start + Page, third = second + Page, end = third + Page;
        byte[] stored = [(byte)Random.Shared.Next(1, 256), (byte)Random.Shared.Next(1, 256), (byte)Random.Shared.Next(1, 256)];
        (*start, *second, *third) = (stored[0], stored[1], stored[2]);
        Observe("D1", "mmap 三页之后，/proc/self/maps 里覆盖这三页的映射", Maps.Range(start, end), Maps.Of(start));

        // 长度按页向上取整：给 1，删掉的也是一整页。
        if (munmap(second, 1) == -1) return Fail(errno, "munmap(second, 1)");
        Observe("D1", "munmap 中间一页之后，覆盖这三页的映射（长度给 1，按页向上取整）", $"{Maps.Range(start, second)}、无、{Maps.Range(third, end)}", Maps.Of(start));
        Observe("D1", "munmap 中间一页之后，第一页和第三页里的值", $"{stored[0]} {stored[2]}", $"{*start} {*third}");

        // 系统调用不会让进程死：内核发现地址无效，只回答错误。
        Observe("D1", "把中间一页的地址交给系统调用 pwrite", "EFAULT", pwrite(fd, second, 1, 0) == -1 ? strerrorname_np(errno) : "成功");

        Observe("D1", "子进程同样删掉中间一页，memset 第三页", "退出码 0", Child.Run(["memset", "3"]));
        Observe("D1", "子进程同样删掉中间一页，memset 中间一页", "SIGSEGV", Child.Run(["memset", "2"]));

        // 同一个错误发生在 C# 代码里，CoreCLR 报告 AccessViolationException 后 abort，try/catch 接不住；NativeAOT 怎样结束没有约定。
        string pointer = Child.Run(["pointer", "2"]);
        if (RuntimeFeature.IsDynamicCodeSupported) Observe("D1", "子进程用 C# 的指针存中间一页", "SIGABRT", pointer);
        else Report("D1", "子进程用 C# 的指针存中间一页（NativeAOT）", pointer);

        Observe("D1", "munmap 的起点没有对齐页", "EINVAL", munmap(start + 1, Page) == -1 ? strerrorname_np(errno) : "成功");
        if (munmap(start, 3 * Page) == -1) return Fail(errno, "munmap(start, 3 * Page)");
        Observe("D1", "munmap 全部三页（中间早已空着，不算错）之后，覆盖这三页的映射", "无", Maps.Of(start));

        byte* again = stackalloc byte[3];
        for (int i = 0; i < 3; i++)
        {
            if (pread(fd, again + i, 1, i * (long)Page) != 1) return Fail(errno, $"pread({fd}, {i} * Page)");
        }

        Observe("D1", "映射都没有了，经描述符从支撑对象读出的三个值", $"{stored[0]} {stored[1]} {stored[2]}", $"{again[0]} {again[1]} {again[2]}");
        close(fd);
        return ExitCode;
    }

    private static int Touch(string how, int page)
    {
        if (Map(out _, out byte* start) != 0) return 1;
        if (munmap(start + Page, Page) == -1) return Fail(errno, "munmap(start + Page, Page)");
        byte* target = start + ((nuint)(page - 1) * Page);
        if (how == "memset") memset(target, 1, 1);
        else *target = 1;
        return 0;
    }

    private static int Map(out int fd, out byte* start)
    {
        start = null;
        fd = memfd_create("munmap", MFD_CLOEXEC);
        if (fd == -1) return Fail(errno, "memfd_create(\"munmap\", MFD_CLOEXEC)");
        if (ftruncate(fd, 3 * (long)Page) == -1) return Fail(errno, $"ftruncate({fd}, 3 * Page)");

        // 让出的地址会被别的 mmap 拿去，.NET 自己也一直在映射。内核给它们找空位是从高处起，建议一个低处就不会相撞。
        start = (byte*)mmap((void*)0x10_0000_0000, 3 * Page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return start == MAP_FAILED ? Fail(errno, "mmap(0x1000000000, 3 * Page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)") : 0;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("用法：Munmap（没有参数；子进程由它自己启动）");
        return 2;
    }
}
