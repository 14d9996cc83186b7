// 读出共享内存里的数，经命名管道告诉另一个进程，然后结束：说了什么，只在管道里。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], pipe = args[1] + "/pipe";
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* value = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    int channel = Must(open(pipe, O_WRONLY), pipe);
    Must(write(channel, value, 4));
}
