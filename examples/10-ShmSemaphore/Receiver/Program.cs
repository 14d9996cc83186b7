// 共享内存对象加信号量，接收方。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/10-ShmSemaphore/Receiver -- [名字]
//
// 另一半是 Sender，先运行它。接收方从不创建，读完把两个名字都删掉，下一次重新开始。
using System.Text;
using Examples;
using Posix;
using static Examples.Failure;
using static Posix.Libc;

internal static unsafe class Program
{
    private static int Main(string[] args)
    {
        if (args.Length > 1)
        {
            Console.Error.WriteLine("用法：Receiver [名字]（默认 /memmap）");
            return 2;
        }

        string name = args.Length > 0 ? args[0] : "/memmap";
        string semName = name + "_sem";

        // O_NONBLOCK：名字下面若是别人放的 FIFO，也不会等在这里。
        int fd = shm_open(name, O_RDONLY | O_NONBLOCK, 0);
        if (fd == -1)
            return Fail(errno, $"shm_open(\"{name}\", O_RDONLY | O_NONBLOCK)", Trust.Taken(name),
                (ENOENT, "先在另一个终端运行 Sender。"), (EINVAL, "名字形如 /memmap：不能为空，除开头外不能有斜杠，至多 255 字节；也不能是 /dev/shm 下已有的目录。"));
        if (!Trust.Object(fd, name)) return 1;

        sem_t* sem = sem_open(semName, 0);
        if (sem == SEM_FAILED)
            return Fail(errno, $"sem_open(\"{semName}\", 0)", Trust.Taken(name), (ENOENT, "先在另一个终端运行 Sender。"));
        if (!Trust.Semaphore(semName, name)) return 1;

        Console.Error.WriteLine($"等待 Sender 在信号量 {semName} 上 sem_post；按 Ctrl+C 放弃。");
        if (sem_wait(sem) == -1) return Fail(errno, $"sem_wait(\"{semName}\")");

        // 等到之后才问大小：发送方 shm_open 之后、ftruncate 之前，对象的大小是 0。
        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
        nuint size = (nuint)Math.Min(st.st_size, int.MaxValue);
        void* memPtr = mmap(null, size, PROT_READ, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED)
            return Fail(errno, $"mmap(null, {size}, PROT_READ, MAP_SHARED, {fd}, 0)", (EINVAL, "对象是空的：再运行一次 Sender。"));
        close(fd);

        // 只在对象之内找 NUL：别的程序写的内容不一定有结尾。
        var memory = new ReadOnlySpan<byte>(memPtr, (int)size);
        int end = memory.IndexOf((byte)0);
        string text = Encoding.UTF8.GetString(end < 0 ? memory : memory[..end]);
        munmap(memPtr, size);
        sem_close(sem);

        // 信号量和对象比进程活得久，不删的话，下一个接收方会读到旧消息。
        if (shm_unlink(name) == -1) return Fail(errno, $"shm_unlink(\"{name}\")");
        if (sem_unlink(semName) == -1) return Fail(errno, $"sem_unlink(\"{semName}\")");

        Console.WriteLine($"process:{getpid()} recv:{text}");
        return 0;
    }
}
