// 打不开文件：先看另一个进程到了没有，再看为什么打不开。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 4));
    int* arrived = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    int file = open(args[1] + "/a/b", O_RDONLY);
    int seen = *arrived;
    Console.WriteLine($"A：{seen}，{file}，{strerrorname_np(errno)}");
}
