// 持有锁的时候说一句话；--kill。
#:project ../../../../examples/Posix

using static Posix.Libc;

int fd = Must(open(args[0] + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
Must(flock(fd, LOCK_EX));
Console.WriteLine("A：拿到了");
Must(close(fd));
