using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using Examples;
using Microsoft.Win32.SafeHandles;
using static Examples.Observation;

namespace DotNetWay;

/// <summary>不带参数时做的事：.NET 自己的有名对象怎样回答；再用这里的类，与自己的子进程一问一答。</summary>
internal static unsafe class SelfExchange
{
    public static int Show()
    {
        string name = $"/DotNetWay-{Random.Shared.NextInt64():x16}";
        Row(() => MemoryMappedFile.CreateOrOpen(name, 10));
        Row(() => MemoryMappedFile.CreateNew(name, 10));
        Row(() => MemoryMappedFile.OpenExisting(name));
        Observe("H1", "有名的 MemoryMappedFile 都不支持：要用 shm_open");
        Row(() => new Semaphore(0, 1, name));
        Row(() => new EventWaitHandle(false, EventResetMode.AutoReset, name));
        Observe("K1", "有名的 Semaphore 和 EventWaitHandle 都不支持：要用 sem_open");
        ShowMutex(name[1..]);
        Undo.Add(() => { Posix.Libc.shm_unlink(name); Posix.Libc.sem_unlink(name + "_sem"); });
        using SafeFileHandle handle = SharedMemory.OpenOrCreate(name);
        using PosixSemaphore asked = PosixSemaphore.OpenOrCreate(name + "_sem", out _);
        SharedMemory.Allocate(handle, sizeof(Question));
        using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
        // 问题和答案都是共享内存里的字段，不经过序列化。
        ref Question question = ref memory.As<Question>();
        long number = question.Number = Random.Shared.NextInt64(1, 1L << 50);
        long inFile = BitConverter.ToInt64(File.ReadAllBytes("/dev/shm" + name));
        Observe("H1", $"shm_open 之后由 MemoryMappedFile 映射，写入 {number}：文件里也是 {Is(inFile, number)}");
        int child = ChildProcess.Start(["answer", name]);
        asked.Release();
        ChildProcess.Wait(child);
        Observe("K1", $"子进程等到信号量，取走这个数，把平方根写在旁边：{Is(question.Root, Math.Sqrt(number))}");
        return ExitCode;
    }

    /// <summary>子进程的一方：等到问题，把平方根写在旁边。</summary>
    public static int Answer(string name)
    {
        ChildProcess.EndWithParent();
        using SafeFileHandle handle = SharedMemory.OpenExisting(name, FileAccess.ReadWrite);
        using PosixSemaphore asked = PosixSemaphore.OpenExisting(name + "_sem");
        asked.Wait();
        using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
        memory.As<Question>().Root = Math.Sqrt(memory.As<Question>().Number);
        return 0;
    }

    // 不带 Global\ 前缀的名字只在同一个会话里有效。它只能互斥，不能像 sem_post 那样通知另一方「写完了」。
    private static void ShowMutex(string name)
    {
        try
        {
            using var mutex = new Mutex(initiallyOwned: false, name);
            Undo.Add(mutex.Dispose);
            ChildProcess.Run(["mutex", name]);
            string answer = Answer(() => mutex.WaitOne(0) ? "等到了" : "没有等到");
            mutex.ReleaseMutex();
            // NativeAOT 没有实现跨进程的有名 Mutex：不报错，名字只在本进程之内有效。
            if (RuntimeFeature.IsDynamicCodeSupported) answer = Is(answer, nameof(AbandonedMutexException));
            Observe("K1", $"有名的 Mutex 能用：子进程持有它就结束了，本进程再等它，得到 {answer}");
        }
        catch (IOException e)
        {
            // .NET 把它的文件放在 /tmp/.dotnet；那里不能写，它就用不了，别的照常。
            Observe("K1", $"有名的 Mutex 在这里创建不了：{e.Message.Split("failed: ")[^1]}");
        }
    }

    private static void Row(Func<object> open, [CallerArgumentExpression(nameof(open))] string call = "") =>
        Console.WriteLine($"  {call["() => ".Length..],-62} {Is(Answer(open), nameof(PlatformNotSupportedException))}");

    private static string Answer(Func<object> call)
    {
        try { return $"{call()}"; }
        catch (Exception e) { return e.GetType().Name; }
    }

    private struct Question { public long Number; public double Root; }
}
