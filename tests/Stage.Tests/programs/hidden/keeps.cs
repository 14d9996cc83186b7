// 私有的映射，写过的页是自己的：写的那一刻对象里是什么，就留下什么。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 4096));
    int* own = (int*)Must(mmap(null, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
    own[1] = 1;
    int* shared = (int*)Must(mmap(null, 4096, PROT_READ, MAP_SHARED, fd, 0));
    Must(close(fd));
    Console.WriteLine($"A：{own[0]}，{*shared}");
}
