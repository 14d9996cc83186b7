#:project ../../../examples/Posix

// 两条语句碰对象，一条结束进程。
using Posix;
using static Posix.Libc;

int fd = shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
ftruncate(fd, 4);
Console.WriteLine("end");
