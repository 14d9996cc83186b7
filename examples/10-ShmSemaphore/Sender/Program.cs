// 共享内存对象加信号量，发送方。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/10-ShmSemaphore/Sender -- [名字] [消息]
//
// 另一半是 Receiver；与文章的 C++ 程序也能互通。对象里是以 NUL 结尾的 UTF-8 字节，至少 10 字节。
// 一个信号量只说「写完了」，管不了重叠：两个发送方同时写，消息可能互相覆盖；
// 两个接收方同时等，只有一个等得到，另一个要靠 Ctrl+C。
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using Posix;
using static Examples.Failure;
using static Posix.Libc;

internal static unsafe class Program
{
    private const string Vanished = "名字刚被接收方删掉：再运行一次；仍这样就是没有 /dev/shm：以 root 运行 mount -t tmpfs tmpfs /dev/shm。";
    private const string NameRule = "名字形如 /memmap：不能为空，除开头外不能有斜杠，至多 255 字节；也不能是 /dev/shm 下已有的目录。";
    private const string TooLong = "名字太长：信号量的名字（含 _sem）至多 251 字节。";

    private static int Main(string[] args)
    {
        if (args.Length > 2)
        {
            Console.Error.WriteLine("用法：Sender [名字] [消息]（默认 /memmap 和 yuki...）");
            return 2;
        }

        string name = args.Length > 0 ? args[0] : "/memmap";
        string message = args.Length > 1 ? args[1] : "yuki...";
        string semName = name + "_sem";

        // 没有发成（出错、打印不出来、Ctrl+C）就不留名字，但只删自己造的。
        bool created = false, trusted = false, sent = false;
        using var cleanup = new Cleanup(() =>
        {
            if (!sent && created) shm_unlink(name);
            if (!sent && created && trusted) sem_unlink(semName);
        });

        // 先要求新建，才知道名字是不是自己造的。0600：别的用户不能读写。
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        created = fd != -1;
        if (!created && errno == EEXIST) fd = shm_open(name, O_RDWR, 0);
        if (fd == -1)
            return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT, 0600)", Trust.Taken(name), (ENOENT, Vanished), (EINVAL, NameRule));

        // 已有的对象和信号量先看再用：别人的不写，假的信号量一碰就死于 SIGBUS。
        if (!created && !Trust.Object(fd, name)) return 1;
        sem_t* sem = sem_open(semName, O_CREAT, S_IRUSR | S_IWUSR, 0);
        if (sem == SEM_FAILED)
            return Fail(errno, $"sem_open(\"{semName}\", O_CREAT, 0600, 0)", Trust.Taken(name), (ENAMETOOLONG, TooLong), (EINVAL, TooLong));
        trusted = Trust.Semaphore(semName, name);
        if (!trusted) return 1;

        int exitCode = Send(fd, sem, Encoding.UTF8.GetBytes(message + '\0'));
        sent = exitCode == 0;
        return exitCode;
    }

    private static int Send(int fd, sem_t* sem, byte[] message)
    {
        // 上一条没人取走就收回它的 post：写到一半被杀，接收方也不会读到半条；写完了，只有最后一条送达。
        while (sem_trywait(sem) == 0) { }

        // 文章的程序约定 10 字节。posix_fallocate 现在就占住内存：/dev/shm 满了得到 ENOSPC，而不是存的时候 SIGBUS。
        int size = Math.Max(10, message.Length);
        if (ftruncate(fd, size) == -1) return Fail(errno, $"ftruncate({fd}, {size})");
        Errno error = posix_fallocate(fd, 0, size);
        if (error != 0) return Fail(error, $"posix_fallocate({fd}, 0, {size})");

        void* memPtr = mmap(null, (nuint)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED)
            return Fail(errno, $"mmap(null, {size}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        close(fd);

        var memory = new Span<byte>(memPtr, size);
        memory.Clear();
        message.CopyTo(memory);
        Console.WriteLine($"process:{getpid()} send:{Marshal.PtrToStringUTF8((nint)memPtr)}");

        // 写完再 post：等到它的一方，一定看得到上面写的全部字节。名字留着，由接收方读完删除。
        if (sem_post(sem) == -1) return Fail(errno, "sem_post(sem)");
        munmap(memPtr, (nuint)size);
        sem_close(sem);
        return 0;
    }
}
