#:project ../../../examples/Posix

// 文章「代码简单测试实例」的 process 1，一句一句照写。
using System.Text;
using Posix;
using static Posix.Libc;

unsafe
{
    int fd = shm_open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
    sem_t* sem = sem_open(args[0] + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0);
    if (fd < 0 || sem == SEM_FAILED) return 1;
    ftruncate(fd, 10);
    byte* memPtr = (byte*)mmap(null, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    "yuki..."u8.CopyTo(new Span<byte>(memPtr, 10));
    Console.WriteLine($"send:{Encoding.UTF8.GetString(new ReadOnlySpan<byte>(memPtr, 7))}");
    sem_post(sem);
    sem_close(sem);
    return 0;
}
