// 把共享内存对象改小。
#:project ../../../../examples/Posix

using static Posix.Libc;

string name = args[0];
int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
Must(ftruncate(fd, 8192));
Must(ftruncate(fd, 4096));
