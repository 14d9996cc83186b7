// 一个进程照着看到的，换两行的先后；另一个写入 7。
#:project ../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int fd = Must(shm_open(args[1], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), args[1]);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    shm_unlink(args[1]);
    if (args[0] == "write")
    {
        *shared = 7;
        return;
    }

    int seen = *shared;
    Console.WriteLine(seen == 7 ? "二" : "一");
    Console.WriteLine(seen == 7 ? "一" : "二");
}
