// 看到的只留在内核的一个角落里，最后才连同那时的值打印。
#:project ../../../../examples/Posix

using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    Must(close(fd));
    string path = args[1] + "/a";
    int file = Must(open(path, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), path);
    int counter = Must(eventfd(1, 0));
    switch (args[2])
    {
        case "mode":
            File.SetUnixFileMode(path, (UnixFileMode)(384 + *shared));
            Console.WriteLine($"A：{(int)File.GetUnixFileMode(path) - 384}，{*shared}");
            break;
        case "umask":
            _ = umask((Mode)(16 + *shared));
            Console.WriteLine($"A：{(int)umask(0) - 16}，{*shared}");
            break;
        case "flags":
            int again = Must(open(path, *shared == 7 ? O_RDWR | O_NONBLOCK : O_RDWR), path);
            Console.WriteLine($"A：{(Convert.ToInt32(File.ReadLines($"/proc/self/fdinfo/{again}").ElementAt(1)[6..].Trim(), 8) & (int)O_NONBLOCK) / (int)O_NONBLOCK * 7}，{*shared}");
            break;
        case "name":
            _ = prctl(15, $"name {*shared}");
            Console.WriteLine($"A：{File.ReadAllText("/proc/thread-self/comm").Trim()[5..]}，{*shared}");
            break;
        case "eventfd":
            _ = write(counter, shared, 8);
            Console.WriteLine($"A：{Convert.ToInt32(File.ReadLines($"/proc/self/fdinfo/{counter}").First(line => line.StartsWith("eventfd-count", StringComparison.Ordinal))[14..].Trim(), 16) - 1}，{*shared}");
            break;
    }
}

internal static partial class Program
{
    [DllImport("libc")]
    private static extern int eventfd(uint value, int flags);

    [DllImport("libc", CharSet = CharSet.Ansi)]
    private static extern int prctl(int option, string name);
}
