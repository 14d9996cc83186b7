#:project ../../../../examples/Posix

using static Posix.Libc;

int fd = Must(open(args[0] + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
string state = flock(fd, LOCK_EX | LOCK_NB) == -1 ? "忙" : "闲";
Console.WriteLine($"B：{state}");
