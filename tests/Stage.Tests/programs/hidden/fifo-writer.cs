// 写方以 O_NONBLOCK 打开 FIFO：读方若已经关闭，得到 ENXIO。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], path = args[1] + "/fifo";
    sem_t* ready = Must(sem_open(name, O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    Must(sem_wait(ready));
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1) errx(1, "写方：没有人读了");
    Console.WriteLine("写方：打开了");
    Must(sem_unlink(name), name);
}
