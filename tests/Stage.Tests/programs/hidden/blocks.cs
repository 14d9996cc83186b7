// 占住另一个程序要当目录用的名字，再说自己到了。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string path = args[1] + "/a";
    int fd = Must(shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[0]);
    Must(ftruncate(fd, 4));
    int* arrived = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int file = Must(open(path, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), path);
    *arrived = 1;
}
