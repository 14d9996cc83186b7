// 在 .NET 里怎样做：IDisposable、SafeHandle、Span。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/16-DotNetWay
//     dotnet run --project examples/16-DotNetWay -- send [名字] [消息]      或 receive [名字]
//
// 不带参数：.NET 的有名对象怎样回答，再与自己的子进程一问一答。send 和 receive 与 10-ShmSemaphore 的两个程序互通。
// 其他示例照搬 C，为的是看清系统调用；要放进自己的项目，就抄这里的 SharedMemory、PosixSemaphore 与 Genuine。
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
    // 类用异常报错，那是 .NET 的办法；到了最外面，与其他示例一样用一行说清。
    string missing = args is ["receive", ..] ? "先在另一个终端运行 send。" : "接收方刚删掉了它：再运行一次。";
    Must((Errno)e.HResult, null, e.Call.Contains("O_CREAT") ? default : (ENOENT, missing), call: e.Call);
    return 1;
}
catch (InvalidDataException e) { return errx(1, e.Message); }

static int Send(string name, string message)
{
    // 没有发成（出错、Ctrl+C）就撤销，但只删自己创建的。
    using SafeFileHandle handle = SharedMemory.OpenOrCreate(name, out bool created);
    if (created) Undo.Add(() => shm_unlink(name));
    using PosixSemaphore written = PosixSemaphore.OpenOrCreate(name + "_sem", out created);
    if (created) Undo.Add(() => sem_unlink(name + "_sem"));

    // 上一条没人取走就收回它的 post，接收方不会读到写了一半的消息。
    while (written.TryWait()) { }

    byte[] bytes = Encoding.UTF8.GetBytes(message + '\0');
    SharedMemory.Allocate(handle, Math.Max(10, bytes.Length));
    using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
    bytes.CopyTo(memory.Writable);
    Console.WriteLine($"process:{Environment.ProcessId} send:{memory.Text}");
    Undo.Commit();
    written.Release();
    return 0;
}

static int Receive(string name)
{
    using SafeFileHandle handle = SharedMemory.OpenExisting(name, FileAccess.Read);
    using PosixSemaphore written = PosixSemaphore.OpenExisting(name + "_sem");
    Console.Error.WriteLine($"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。");
    written.Wait();

    // 取走了 post，名字就归自己：哪怕打印不出来，也要删掉，不然下一个接收方会一直等。
    Undo.Add(() => { shm_unlink(name); sem_unlink(name + "_sem"); });

    // 等到之后才映射：SharedMemory 这时才问大小，发送方已经定好。
    using var memory = new SharedMemory(handle, MemoryMappedFileAccess.Read);
    Console.WriteLine($"process:{Environment.ProcessId} recv:{memory.Text}");

    // 发送方留下的两个名字由接收方删除，下一次重新开始。
    Undo.Commit();
    SharedMemory.Unlink(name);
    PosixSemaphore.Unlink(name + "_sem");
    return 0;
}
