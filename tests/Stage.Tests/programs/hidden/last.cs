// 写入参数，再读出来：后写的一方的，留在那里。前一个数是 0，两个合起来看像一个地址。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 8));
    int* shared = (int*)Must(mmap(null, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    shared[1] = int.Parse(args[1]);
    Console.WriteLine(shared[1]);
}
