#:project ../../../examples/Posix

// 文章「代码简单测试实例」的 process 2，一句一句照写：先问大小、先映射，再等。
using System.Text;
using Posix;
using static Posix.Libc;

unsafe
{
    int fd = shm_open(args[0], O_RDWR, 0);
    sem_t* sem = sem_open(args[0] + "_sem", 0);
    if (fd < 0 || sem == SEM_FAILED)
    {
        Console.Error.WriteLine("shm_open or sem_open failed...");
        return 1;
    }

    fstat(fd, out stat_t st);
    byte* memPtr = (byte*)mmap(null, (nuint)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    sem_wait(sem);
    int length = 0;
    while (memPtr[length] != 0) length++;
    Console.WriteLine($"recv:{Encoding.UTF8.GetString(new ReadOnlySpan<byte>(memPtr, length))}");
    sem_close(sem);
    return 0;
}
