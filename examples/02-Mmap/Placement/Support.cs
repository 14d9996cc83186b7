using System.Runtime.CompilerServices;
using Examples;
using static Examples.Failure;
using static Posix.Libc;

/// <summary>与主题无关的辅助：造对象、检查返回值、收尾、子进程。</summary>
internal static unsafe class Support
{
    public const int ChildFd = 3;
    public static readonly nuint Page = (nuint)getpagesize();

    /// <summary>末页里不属于对象的字节数。</summary>
    public static readonly int Rest = getpagesize() / 2;

    /// <summary>对象第一页的每个字节，和之后的每个字节。</summary>
    public static readonly byte A = (byte)Random.Shared.Next(1, 128);
    public static readonly byte B = (byte)Random.Shared.Next(128, 256);

    /// <summary>造一个一页半的对象。</summary>
    /// <returns>描述符。</returns>
    public static int CreateObject()
    {
        int fd = memfd_create("placement", MFD_CLOEXEC);
        if (fd == -1) Environment.Exit(Fail(errno, "memfd_create(\"placement\", MFD_CLOEXEC)"));

        // 先写满两页，再截去半页：末页剩下的半页如果读出 0，不会是因为从来没有写过。
        byte[] content = new byte[2 * (int)Page];
        content.AsSpan(0, (int)Page).Fill(A);
        content.AsSpan((int)Page).Fill(B);
        fixed (byte* bytes = content)
        {
            nint written = pwrite(fd, bytes, (nuint)content.Length, 0);
            if (written != content.Length) Environment.Exit(Fail(errno, $"pwrite({fd}, content, {content.Length}, 0)"));
        }

        if (ftruncate(fd, content.Length - Rest) == -1) Environment.Exit(Fail(errno, $"ftruncate({fd}, {content.Length - Rest})"));
        return fd;
    }

    /// <summary>成功的 mmap 返回的地址；失败就报出这个调用，以退出码 1 结束。</summary>
    /// <param name="start">mmap 的返回值。</param>
    /// <param name="call">源代码里的这个调用，由编译器填写。</param>
    public static byte* Must(void* start, [CallerArgumentExpression(nameof(start))] string call = "")
    {
        if (start == MAP_FAILED) Environment.Exit(Fail(errno, call));
        return (byte*)start;
    }

    /// <summary>预期失败的 mmap 的错误名；成功了就是地址。</summary>
    /// <param name="start">mmap 的返回值。</param>
    /// <returns>错误名，例如 EINVAL。</returns>
    public static string ErrorOf(void* start) => start == MAP_FAILED ? strerrorname_np(errno) : $"成功，0x{(nint)start:x}";

    /// <summary>是不是不同的两页的开头，也都不是 null。</summary>
    /// <param name="one">一个地址。</param>
    /// <param name="other">另一个地址。</param>
    public static bool AreTwoPages(void* one, void* other) =>
        one != other && one != null && other != null && (nuint)one % Page == 0 && (nuint)other % Page == 0;

    /// <summary>删除几个映射，各一页。</summary>
    /// <param name="pages">起始地址。</param>
    public static void Unmap(params byte*[] pages)
    {
        foreach (byte* page in pages) munmap(page, Page);
    }

    /// <summary>经描述符，而不是经映射，看对象里的一个字节。</summary>
    /// <param name="fd">对象的描述符。</param>
    /// <param name="offset">第几个字节。</param>
    public static byte ByteInObject(int fd, long offset)
    {
        byte value;
        if (pread(fd, &value, 1, offset) != 1) Environment.Exit(Fail(errno, $"pread({fd}, &value, 1, {offset})"));
        return value;
    }

    /// <summary>子进程：映射对象的第二页和它后面一页，读其中一个字节，以它退出。</summary>
    /// <param name="which">last 是第二页的最后一个字节，behind 是它后面一页的第一个。</param>
    public static int ReadOneByte(string which)
    {
        // 手工运行 child 时，3 号描述符不是父进程交来的对象。
        if (fstat(ChildFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != (long)(2 * Page) - Rest) return Usage();
        byte* start = Must(mmap(null, 2 * Page, PROT_READ, MAP_SHARED, ChildFd, (long)Page));
        byte value;
        memcpy(&value, which == "last" ? start + Page - 1 : start + Page, 1);
        return value;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("用法：Placement（没有参数；子进程由它自己启动）");
        return 2;
    }
}
