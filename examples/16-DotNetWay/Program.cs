// 在 .NET 里怎样做：IDisposable、SafeHandle、Span。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/16-DotNetWay
//     dotnet run --project examples/16-DotNetWay -- send [名字] [消息]      或 receive [名字]
//
// 不带参数：.NET 的有名对象怎样回答，再与自己的子进程一问一答。send 和 receive 与 10-ShmSemaphore 的两个程序互通。
// 要放进自己的项目，就复制 SharedMemory、PosixSemaphore 与 Genuine 三个文件，它们不依赖别的。
using System.IO.MemoryMappedFiles;
using System.Text;
using DotNetWay;
using Examples;
using Microsoft.Win32.SafeHandles;
using Posix;
using static Posix.Libc;

string name = args.ElementAtOrDefault(1) ?? "/memmap";
try
{
    return args switch
    {
        [] => SelfExchange.Show(),
        ["send"] or ["send", _] or ["send", _, _] => Send(name, args.ElementAtOrDefault(2) ?? "yuki..."),
        ["receive"] or ["receive", _] => Receive(name),
        ["answer", _] when was_spawned => SelfExchange.Answer(name),
        ["mutex", _] when was_spawned => Mutex.TryOpenExisting(name, out var mutex) && mutex.WaitOne(0) ? 0 : 1,
        _ => errx(2, "用法：DotNetWay [send [名字] [消息] | receive [名字]]（默认 /memmap 和 yuki...）"),
    };
}
catch (PosixException e)
{
    bool isReceiver = args is ["receive", ..] && !e.Call.Contains("O_CREAT");
    Must((Errno)e.HResult, null, isReceiver ? (ENOENT, "先运行 send。") : default, call: e.Call);
    return 1;
}
catch (InvalidDataException e) { return errx(1, e.Message); }

static int Send(string name, string message)
{
    // 从打开到放开都持有对象上的锁：写入在别的进程看来是一步，有几个发送方、接收方都行，见第 18 章。
    using SafeFileHandle handle = SharedMemory.Lock(name, () => SharedMemory.OpenOrCreate(name));

    // 没有发送成功（出错、Ctrl+C）就撤销；对象不是空的，就不是自己创建的，不删。
    if (RandomAccess.GetLength(handle) == 0) Undo.Add(() => shm_unlink(name));
    using PosixSemaphore written = PosixSemaphore.OpenOrCreate(name + "_sem", out bool created);
    if (created) Undo.Add(() => sem_unlink(name + "_sem"));

    // 上一条还没有人取走，不覆盖它。
    string unread = $"{name}_sem 的值是 {written.Value}，上一条消息还没有人取走。先运行 receive；"
        + $"没有消息，就删掉它：rm /dev/shm/sem.{name.TrimStart('/')}_sem";
    if (written.Value > 0) return errx(1, "sem_getvalue: " + unread);

    byte[] bytes = Encoding.UTF8.GetBytes(message + '\0');
    SharedMemory.Allocate(handle, Math.Max(10, bytes.Length));
    using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
    bytes.CopyTo(memory.Writable);

    // 先 post 再说「发了」：说了的就一定收得到。
    Undo.Commit();
    written.Release();
    Console.WriteLine($"process:{Environment.ProcessId} send:{memory.Text}");
    return 0;
}

static int Receive(string name)
{
    while (true)
    {
        using var handle = SharedMemory.Lock(name, () => SharedMemory.OpenExisting(name, FileAccess.Read));
        using PosixSemaphore written = PosixSemaphore.OpenExisting(name + "_sem");
        if (written.Value > 0)
        {
            // 有 post 才映射：SharedMemory 这时才问大小，发送方已经定好。打印了才删，没有打印成就留给下一个接收方。
            using var memory = new SharedMemory(handle, MemoryMappedFileAccess.Read);
            Console.WriteLine($"process:{Environment.ProcessId} recv:{memory.Text}");

            // 叫醒也在等的接收方。对象的名字最后删：在那之前，新的发送方都等着这把锁。
            written.Release();
            PosixSemaphore.Unlink(name + "_sem");
            SharedMemory.Unlink(name);
            return 0;
        }

        // 没有写完，锁却没有进程持有：发送方是第 10 章或文章的程序，或者死在半路。先放开锁，别的发送方才发得了。
        handle.Dispose();
        Console.Error.WriteLine($"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。");
        written.Wait();
        written.Release(); // 只是醒来：post 放回去，拿到锁再看。
    }
}
