// 内存映射文件，读取方。对应文章「通过内存映射文件提供无亲缘进程间的通信」。
//
//     dotnet run --project examples/06-FileMapping/Reader -- [路径]
//
// 另一半是 Writer，先运行它。读完文件还在，可以再读一次，也可以让文章的 C++ 程序来读。
using Examples;
using static Posix.Libc;

unsafe
{
    if (args.Length > 1 || args is [""]) errx(2, "用法：Reader [路径]");
    string path = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "memmap.dat");

    // 没有 O_CREAT：读取方不该创建一个空文件。O_NONBLOCK：路径若是 FIFO，也不会等在这里。
    int fd = Must(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), path,
        (ENOENT, "没有这个文件：先运行 Writer，两边用同一个路径。"));

    // 默认的文件在人人可写的目录里，别人也放得下；自己指定的路径，读谁的文件是读者的事。
    if (args.Length == 0) Trust.Own(fd, path, "要读它就写明路径；要读自己的，两边都换一个路径。");

    // 大小不能想当然：映射空文件会成功，读的那一刻才收到 SIGBUS。
    Must(fstat(fd, out stat_t st));
    if (!S_ISREG(st.st_mode)) errx(1, $"fstat(fd): \"{path}\" 不是普通文件，请换一个路径。");
    string small = $"fstat(fd): \"{path}\" 只有 {st.st_size} 字节，不够一个 int：先运行 Writer。";
    if (st.st_size < sizeof(int)) errx(1, small);

    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));
    Must(close(fd));

    Console.WriteLine($"process:{getpid()} receive:{*memPtr}");
    Console.Error.WriteLine($"读取方 {getpid()}：映射在 0x{(nint)memPtr:x}");
    Must(munmap(memPtr, sizeof(int)));
}
