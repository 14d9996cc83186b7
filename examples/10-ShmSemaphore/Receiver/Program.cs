// 共享内存对象加信号量，接收方。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/10-ShmSemaphore/Receiver -- [名字]
//
// 另一半是 Sender，先运行它。接收方从不创建，读完把两个名字都删掉，下一次重新开始。
using System.Text;
using Examples;
using static Posix.Libc;

unsafe
{
    if (args.Length > 1) errx(2, "用法：Receiver [名字]（默认 /memmap）");
    string name = args.Length > 0 ? args[0] : "/memmap", semName = name + "_sem";

    // O_NONBLOCK：名字下面若是别人放的 FIFO，也不会等在这里。
    int fd = Must(shm_open(name, O_RDONLY | O_NONBLOCK, 0), name, (ENOENT, "先运行 Sender。"));
    Trust.Object(fd, name);
    sem_t* sem = Must(sem_open(semName, 0), semName, (ENOENT, "先运行 Sender。"));
    Trust.Semaphore(semName);

    Console.Error.WriteLine($"等待 Sender 在信号量 {semName} 上 sem_post；按 Ctrl+C 放弃。");
    Must(sem_wait(sem), semName);

    // 取走了 post，名字就归自己：哪怕打印不出来、按了 Ctrl+C，也要删掉，不然下一个接收方会一直等。
    Undo.Add(() => shm_unlink(name));
    Undo.Add(() => sem_unlink(semName));

    // 等到之后才问大小：发送方 shm_open 之后、ftruncate 之前，对象的大小是 0。
    Must(fstat(fd, out stat_t st));
    nuint size = (nuint)Math.Min(st.st_size, int.MaxValue);
    void* memPtr = Must(mmap(null, size, PROT_READ, MAP_SHARED, fd, 0), size,
        (EINVAL, "对象是空的：再运行一次 Sender。"));
    Must(close(fd));

    // 只在对象之内找 NUL：别的程序写入的内容不一定有结尾。
    var memory = new ReadOnlySpan<byte>(memPtr, (int)size);
    int end = memory.IndexOf((byte)0);
    Console.WriteLine($"process:{getpid()} recv:{Encoding.UTF8.GetString(end < 0 ? memory : memory[..end])}");
    Console.Error.WriteLine($"接收方 {getpid()}：映射在 0x{(nint)memPtr:x}");
    Must(munmap(memPtr, size));
    Must(sem_close(sem));

    // 信号量和对象比进程活得久，不删的话，下一个接收方会读到旧消息。别的接收方已经删了，也不算失败。
    Undo.Commit();
    Must(shm_unlink(name), name, (ENOENT, Allowed));
    Must(sem_unlink(semName), semName, (ENOENT, Allowed));
}
