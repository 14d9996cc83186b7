// 内存映射文件，写入方。对应文章「通过内存映射文件提供无亲缘进程间的通信」。
//
//     dotnet run --project examples/06-FileMapping/Writer -- [路径] [值]
//
// 另一半是 Reader。两个进程互不相识，只约定同一个文件：开头是一个本机字节序的 int。
using Examples;
using static Posix.Libc;

const string NotRegular = "路径要指向普通文件。";

unsafe
{
    string path = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "memmap.dat");
    int value = 111;
    if (path == "" || args.Length > 2 || (args.Length == 2 && !int.TryParse(args[1], out value)))
        errx(2, "用法：Writer [路径] [值]（值是一个 int，默认 111）");

    // 0600：只给自己。临时目录人人可写，O_NOFOLLOW 不让别人预先放好的符号链接把我们引到别的文件。
    int fd = Must(open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR), path,
        (ENOENT, "路径中的目录要先在，而且能在里面创建文件。"));

    // 文件也可能是别人先放好、人人可写的：写进去就是写给别人。
    Trust.Own(fd, path, "请换一个路径，例如 -- ~/memmap.dat");

    // ftruncate 只改大小。磁盘满时，没分到空间的文件要到写入那一刻才出错，而且是 SIGBUS；posix_fallocate 现在就申请。
    // 先申请，再定大小：申请不到，文件还是空的，Reader 看得出来。
    Must(posix_fallocate(fd, 0, sizeof(int)), path, (ESPIPE, NotRegular), (ENODEV, NotRegular));
    Must(ftruncate(fd, sizeof(int)), path, (EINVAL, NotRegular));

    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));

    *memPtr = value;
    Console.WriteLine($"process:{getpid()} send:{*memPtr}");
    Console.Error.WriteLine($"写入方 {getpid()}：映射在 0x{(nint)memPtr:x}");

    // 文件不删：进程结束之后数据还在，这正是内存映射文件的特点。
    Must(munmap(memPtr, sizeof(int)));
}
