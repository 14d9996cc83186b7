// 内存映射文件，写的一方。对应文章「通过内存映射文件提供无亲缘进程间的通信」。
//
//     dotnet run --project examples/06-FileMapping/Writer -- [路径] [值]
//
// 另一半是 Reader。两个进程互不相识，只约定同一个文件：开头是一个本机字节序的 int。
using Posix;
using static Examples.Failure;
using static Posix.Libc;

internal static unsafe class Program
{
    private static int Main(string[] args)
    {
        string path = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "memmap.dat");
        int value = 111;
        if (args.Length > 2 || (args.Length == 2 && !int.TryParse(args[1], out value)))
        {
            Console.Error.WriteLine("用法：Writer [路径] [值]（值是一个 int，默认 111）");
            return 2;
        }

        // 0600：只给自己。临时目录人人可写，O_NOFOLLOW 不让别人预先放好的符号链接把我们引到别的文件。
        int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd == -1)
            return Fail(errno, $"open(\"{path}\", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)", (ENOENT, "先建好路径中的目录。"), (EACCES, "没有权限，多半属于别的用户：换一个路径。"));

        // 文件也可能是别人先放好、人人可写的：存进去就是写给别人。
        if (!Examples.Trust.Own(fd, path, "换一个路径，例如 -- ~/memmap.dat")) return 1;

        if (ftruncate(fd, sizeof(int)) == -1)
            return Fail(errno, $"ftruncate({fd}, {sizeof(int)})", (EINVAL, "路径要指向普通文件。"));

        // ftruncate 只改大小。磁盘满时，没分到空间的文件要到存值那一刻才出错，而且是 SIGBUS。
        Errno error = posix_fallocate(fd, 0, sizeof(int));
        if (error != 0) return Fail(error, $"posix_fallocate({fd}, 0, {sizeof(int)})");

        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED)
            return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        close(fd);

        *memPtr = value;
        Console.WriteLine($"process:{getpid()} send:{*memPtr}");

        // 文件不删：进程结束之后数据还在，这正是内存映射文件的特点。
        munmap(memPtr, sizeof(int));
        return 0;
    }
}
