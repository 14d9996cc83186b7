#:project ../../../examples/Posix

// 相隔很远的几个整数：开头是自己的编号，参数给的两个在后面。
using Posix;
using static Posix.Libc;

unsafe
{
    int fd = shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
    ftruncate(fd, 1024);
    byte* memory = (byte*)mmap(null, 1024, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    *(int*)memory = getpid();
    *(int*)(memory + int.Parse(args[1])) = int.Parse(args[2]);
    *(long*)(memory + 512) = long.Parse(args[3]);
    shm_unlink(args[0]);
}
