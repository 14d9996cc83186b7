#:project ../../examples/Posix

// 对：Process 与 WaitForExit，子进程的打印由父进程转出来。
using System.Diagnostics;
using static Posix.Libc;

unsafe
{
    if (args is ["child", var given])
    {
        int* cell = (int*)mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, open("/proc/" + Environment.GetEnvironmentVariable("OWNER"), O_RDWR), 0);
        *cell = int.Parse(given);
        Console.WriteLine($"子进程：写入了 {given}");
        return 0;
    }

    string value = args.Length == 0 ? "2024" : args[0];
    int fd = memfd_create("here", MFD_CLOEXEC);
    if (fd == -1 || ftruncate(fd, 4) == -1) return 1;
    int* memory = (int*)mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0);
    var start = new ProcessStartInfo(Environment.ProcessPath!, ["child", value]) { RedirectStandardOutput = true };
    start.Environment["OWNER"] = $"{getpid()}/fd/{fd}";
    using Process child = Process.Start(start)!;
    Console.Write(child.StandardOutput.ReadToEnd());
    child.WaitForExit();
    Console.WriteLine($"父进程：读到 {Volatile.Read(ref *memory)}");
    return child.ExitCode;
}
