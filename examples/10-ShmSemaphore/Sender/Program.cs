// 共享内存对象加信号量，发送方。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/10-ShmSemaphore/Sender -- [名字] [消息]
//
// 另一半是 Receiver；与文章的 C++ 程序也能互通。对象里是以 NUL 结尾的 UTF-8 字节，至少 10 字节。
// 一个发送方、一个接收方，怎样交错都对。再来一个就不然：接收方还在读、在删名字的时候，又来一个发送方，消息可能读到
// 一半，也可能丢失；两个接收方同时等，只有一个等得到，另一个要靠 Ctrl+C。见第 18 章，那里的两个程序来多少个都行。
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using static Posix.Libc;

unsafe
{
    if (args.Length > 2) errx(2, "用法：Sender [名字] [消息]（默认 /memmap 和 yuki...）");
    string name = args.Length > 0 ? args[0] : "/memmap", semName = name + "_sem";
    byte[] message = Encoding.UTF8.GetBytes((args.Length > 1 ? args[1] : "yuki...") + '\0');

    // 先要求创建（已经有了也不算失败），才知道名字是不是自己创建的：发送失败就撤销它，但不删别人的。
    // 0600：自己创建的，别的用户不能读写。
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name, (EEXIST, Allowed));
    if (fd != -1) Undo.Add(() => shm_unlink(name));
    else fd = Must(shm_open(name, O_RDWR, 0), name);
    Trust.Object(fd, name);

    // 已有的信号量也先校验再用：使用假的，进程会死于 SIGBUS。
    sem_t* sem = Must(sem_open(semName, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0), semName,
        (EEXIST, Allowed));
    if (sem != SEM_FAILED) Undo.Add(() => sem_unlink(semName));
    else sem = Must(sem_open(semName, 0), semName);
    Trust.Semaphore(semName);

    // 上一条没人取走就收回它的 post：写到一半被杀，接收方也不会读到半条；写完了，只有最后一条送达。
    while (Must(sem_trywait(sem), semName, (EAGAIN, Allowed)) == 0) { }

    // 文章的程序约定 10 字节。posix_fallocate 现在就申请内存：/dev/shm 满了得到 ENOSPC，而不是写入的时候 SIGBUS。
    int size = Math.Max(10, message.Length);
    Must(ftruncate(fd, size));
    Must(posix_fallocate(fd, 0, size), size);
    byte* memPtr = (byte*)Must(mmap(null, (nuint)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));

    new Span<byte>(memPtr, size).Clear();
    message.CopyTo(new Span<byte>(memPtr, size));
    Console.WriteLine($"process:{getpid()} send:{Marshal.PtrToStringUTF8((nint)memPtr)}");
    Console.Error.WriteLine($"发送方 {getpid()}：映射在 0x{(nint)memPtr:x}");

    // 写完再 post：等到它的一方，一定看得到上面写入的全部字节。从此两个名字归接收方，由它读完删除。
    Undo.Commit();
    Must(sem_post(sem));
    Must(munmap(memPtr, (nuint)size));
    Must(sem_close(sem));
}
