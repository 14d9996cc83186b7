// 内存映射文件，读的一方。对应文章「通过内存映射文件提供无亲缘进程间的通信」。
//
//     dotnet run --project examples/06-FileMapping/Reader -- [路径]
//
// 另一半是 Writer，先运行它。读完文件还在，可以再读一次，也可以让文章的 C++ 程序来读。
using static Examples.Failure;
using static Posix.Libc;

internal static unsafe class Program
{
    private static int Main(string[] args)
    {
        if (args.Length > 1)
        {
            Console.Error.WriteLine("用法：Reader [路径]");
            return 2;
        }

        string path = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "memmap.dat");

        // 没有 O_CREAT：读的一方不该造出一个空文件。O_NONBLOCK：路径若是 FIFO，也不会等在这里。
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1)
            return Fail(errno, $"open(\"{path}\", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)", (ENOENT, "先运行 Writer。"));

        // 默认的文件在人人可写的目录里，别人也放得下；自己指定的路径，读谁的文件是读者的事。
        if (args.Length == 0 && !Examples.Trust.Own(fd, path, "要读它就写明路径；要读自己的，两边都换一个路径。")) return 1;

        // 大小不能想当然：映射空文件会成功，读的那一刻才收到 SIGBUS。
        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
        if (!S_ISREG(st.st_mode) || st.st_size < sizeof(int))
        {
            string why = S_ISREG(st.st_mode) ? $"只有 {st.st_size} 字节，不够一个 int（{sizeof(int)} 字节）" : "不是普通文件";
            Console.Error.WriteLine($"fstat({fd}): \"{path}\" {why}。先运行 Writer，或换一个路径。");
            return 1;
        }

        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ, MAP_SHARED, {fd}, 0)");
        close(fd);

        Console.WriteLine($"process:{getpid()} receive:{*memPtr}");
        munmap(memPtr, sizeof(int));
        return 0;
    }
}
