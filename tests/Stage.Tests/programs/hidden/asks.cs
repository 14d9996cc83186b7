// 创建命名管道，把 7 写进共享内存，再看另一个进程说它读到了几：-1 是还没有说。
#:project ../../../../examples/Posix

using System.Runtime.InteropServices;
using static Posix.Libc;

unsafe
{
    string name = args[0], pipe = args[1] + "/pipe";
    int answer = -1;
    Must(Native.mkfifo(pipe, 0x180), pipe);
    int channel = Must(open(pipe, O_RDWR | O_NONBLOCK), pipe);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* value = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *value = 7;
    _ = read(channel, &answer, 4);
    Console.WriteLine($"A：读到的是 {answer}");
}

internal static partial class Native
{
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkfifo(string path, uint mode);
}
