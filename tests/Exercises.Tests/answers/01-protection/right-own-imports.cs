#:project ../../examples/Posix

// 对：有 Main 的类，自己声明 libc 的函数，不用 Posix 库；子进程由 Process 启动，描述符不带 close-on-exec。
using System.Diagnostics;
using System.Runtime.InteropServices;

internal static class Program
{
    private static unsafe int Main(string[] args)
    {
        if (args is ["child", var given]) return Child(int.Parse(given));
        int value = args.Length == 1 ? int.Parse(args[0]) : Random.Shared.Next(1000, 10000);
        int fd = C.memfd_create("mine", 0);
        if (fd == -1 || C.ftruncate(fd, 4096) == -1) return 1;
        C.fcntl(fd, 2, 0);
        Environment.SetEnvironmentVariable("MEMORY", fd.ToString());
        byte* memory = C.mmap(null, 4096, 1, 1, fd, 0);
        if ((nint)memory == -1) return 1;
        using Process child = Process.Start(Environment.ProcessPath!, ["child", value.ToString()]);
        child.WaitForExit();
        if (child.ExitCode != 0) return 1;
        Console.WriteLine($"父进程：读到 {Marshal.ReadInt32((nint)memory)}");
        return 0;
    }

    private static unsafe int Child(int value)
    {
        int fd = int.Parse(Environment.GetEnvironmentVariable("MEMORY")!);
        byte* memory = C.mmap(null, 4096, 1 | 2, 1, fd, 0);
        if ((nint)memory == -1) return 1;
        Marshal.WriteInt32((nint)memory, value);
        Console.WriteLine($"子进程：写入了 {value}");
        return 0;
    }
}

internal static unsafe partial class C
{
    [DllImport("libc", SetLastError = true)]
    public static extern int memfd_create(string name, uint flags);
    [DllImport("libc", SetLastError = true)]
    public static extern int ftruncate(int fd, long length);
    [DllImport("libc", SetLastError = true)]
    public static extern byte* mmap(void* start, nuint length, int protection, int flags, int fd, long offset);
    [DllImport("libc", SetLastError = true)]
    public static extern int fcntl(int fd, int command, int argument);
}
