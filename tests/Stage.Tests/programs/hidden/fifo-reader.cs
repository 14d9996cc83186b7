// 读方：创建、打开，说好了，却不等写方就关闭。
#:project ../../../../examples/Posix

using System.Runtime.InteropServices;
using static Posix.Libc;

unsafe
{
    string name = args[0], path = args[1] + "/fifo";
    Must(Native.mkfifo(path, 0x180));
    int fd = Must(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), path);
    sem_t* ready = Must(sem_open(name, O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    Must(sem_post(ready));
    Must(close(fd));
    Console.WriteLine("读方：关闭了");
}

internal static partial class Native
{
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkfifo(string path, uint mode);
}
