// 在 .NET 里怎样做：IDisposable、SafeHandle、Span。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/16-DotNetWay
//     dotnet run --project examples/16-DotNetWay -- send [名字] [消息]      或 receive [名字]
// 不带参数：.NET 的命名对象怎样回答，再自己与自己交换。send 和 receive 与 10-ShmSemaphore 的两个程序互通。
// 其他示例照搬 C，为的是看清系统调用；要放进自己的项目，抄这里的 SharedMemory、PosixSemaphore、Genuine 与 PosixException。
using System.IO.MemoryMappedFiles;
using System.Text;
using DotNetWay;
using Examples;
using Microsoft.Win32.SafeHandles;
using Posix;
using static Examples.Failure;
using static Posix.Libc;

internal static class Program
{
    private const string NameRule = "名字形如 /memmap：不能为空，除开头外不能有斜杠，连同 _sem 至多 251 字节；也不能是 /dev/shm 下已有的目录。";

    private static int Main(string[] args)
    {
        string name = args.ElementAtOrDefault(1) ?? "/memmap";
        try
        {
            return args switch
            {
                [] => SelfExchange.Show($"/DotNetWay-{Environment.ProcessId}"),
                ["send"] or ["send", _] or ["send", _, _] => Send(name, args.ElementAtOrDefault(2) ?? "yuki..."),
                ["receive"] or ["receive", _] => Receive(name),
                ["answer", _] when SelfExchange.Started(name) => SelfExchange.Answer(name),
                ["mutex", _] when SelfExchange.Started(name) => NamedObjects.TakeMutex(name),
                _ => Usage(),
            };
        }
        catch (PosixException e)
        {
            return Fail((Errno)e.HResult, e.Call, (ENOENT, "先在另一个终端运行 send；正在 send 就再运行一次，仍这样就看看有没有 /dev/shm。"), (EINVAL, NameRule), (ENAMETOOLONG, NameRule), Trust.Taken(name));
        }
    }

    private static int Send(string name, string message)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message + '\0');
        bool created = false, opened = false, sent = false;

        // 没有发成（出错、Ctrl+C）就不留名字，但只删自己造的。
        using var cleanup = new Cleanup(() => { if (!sent && created) SharedMemory.Unlink(name); if (!sent && created && opened) PosixSemaphore.Unlink(name + "_sem"); });
        using SafeFileHandle handle = SharedMemory.OpenOrCreate(name, out created);
        using PosixSemaphore written = PosixSemaphore.OpenOrCreate(name + "_sem");
        opened = true;

        // 上一条没人取走就收回它的 post，接收方不会读到写了一半的消息。
        while (written.TryWait()) { }

        SharedMemory.Allocate(handle, Math.Max(10, bytes.Length));
        using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
        bytes.CopyTo(memory.Writable);
        Console.WriteLine($"process:{Environment.ProcessId} send:{memory.Text}");
        written.Release();
        sent = true;
        return 0;
    }

    private static int Receive(string name)
    {
        using SafeFileHandle handle = SharedMemory.OpenExisting(name, FileAccess.Read);
        using PosixSemaphore written = PosixSemaphore.OpenExisting(name + "_sem");
        if (!written.TryWait())
        {
            Console.Error.WriteLine($"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。");
            written.Wait();
        }

        // 等到之后才映射：SharedMemory 这时才问大小，发送方已经定好。
        using var memory = new SharedMemory(handle, MemoryMappedFileAccess.Read);
        Console.WriteLine($"process:{Environment.ProcessId} recv:{memory.Text}");

        // 发送方留下的两个名字由接收方删除，下一次重新开始。
        SharedMemory.Unlink(name);
        PosixSemaphore.Unlink(name + "_sem");
        return 0;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("用法：DotNetWay，或 DotNetWay send [名字] [消息]，或 DotNetWay receive [名字]（默认 /memmap 和 yuki...）");
        return 2;
    }
}
