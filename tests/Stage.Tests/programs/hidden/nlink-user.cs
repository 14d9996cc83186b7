// 用信号量之前看一眼它的名字还在不在。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    sem_t* sem = Must(sem_open(name, 0), name);
    int fd = Must(open("/dev/shm/sem." + name.TrimStart('/'), O_RDONLY | O_CLOEXEC), null, (ENOENT, "打开之前名字没有了。"));
    Must(fstat(fd, out stat_t st));
    if (st.st_nlink == 0) errx(1, "用户：名字刚被删掉");
    Must(sem_post(sem));
    Console.WriteLine("用户：post 了");
}
