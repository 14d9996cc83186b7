using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using static Examples.Observation;

namespace DotNetWay;

/// <summary>.NET 自己的命名对象在 Linux 上怎样回答：除了 Mutex，都是 PlatformNotSupportedException。</summary>
internal static class NamedObjects
{
    private const string Refused = nameof(PlatformNotSupportedException);

    /// <summary>逐个试一遍。</summary>
    /// <param name="name">本进程独用的名字。</param>
    /// <param name="otherProcess">在另一个进程里 <see cref="TakeMutex"/>，返回它写的一行。</param>
    public static void Show(string name, Func<string> otherProcess)
    {
#pragma warning disable CA1416 // 编译器也认得只有 Windows 支持的几个；这里偏要看运行时怎样回答。
        Observe("H1", "不用 shm_open，用带名字的 MemoryMappedFile.CreateOrOpen", Refused, Answer(() => MemoryMappedFile.CreateOrOpen(name, 10)));
        Observe("H1", "带名字的 MemoryMappedFile.CreateNew", Refused, Answer(() => MemoryMappedFile.CreateNew(name, 10)));
        Observe("H1", "带名字的 MemoryMappedFile.OpenExisting", Refused, Answer(() => MemoryMappedFile.OpenExisting(name)));
        Observe("K1", "不用 sem_open，用带名字的 Semaphore", Refused, Answer(() => new Semaphore(0, 1, name)));
        Observe("K1", "带名字的 EventWaitHandle", Refused, Answer(() => new EventWaitHandle(false, EventResetMode.AutoReset, name)));
#pragma warning restore CA1416

        // 不带 Global\ 前缀的名字只在同一个会话（session）里有效：同一个终端可以，另一个终端就找不到。
        // 命名的 Mutex 能用，但只有占用它的线程才能释放：一方不能像 sem_post 那样通知另一方「写完了」。
        using var mutex = new Mutex(initiallyOwned: true, name);
        const string what = "带名字的 Mutex 由本进程占着，另一个进程来占";

        // NativeAOT 没有实现跨进程的命名 Mutex：不报错，名字只在本进程之内有效。
        if (RuntimeFeature.IsDynamicCodeSupported) Observe("K1", what, "被占用", otherProcess());
        else Report("K1", $"{what}（NativeAOT）", otherProcess());
    }

    /// <summary>另一个进程的一方：打开那个 Mutex，试着占用。</summary>
    /// <param name="name">名字。</param>
    /// <returns>退出码。</returns>
    public static int TakeMutex(string name)
    {
        string answer = "没有这个名字";
        if (Mutex.TryOpenExisting(name, out Mutex? mutex))
        {
            using (mutex) answer = mutex.WaitOne(0) ? "占到了" : "被占用";
        }

        Console.WriteLine(answer);
        return 0;
    }

    private static string Answer(Func<IDisposable> open)
    {
        try
        {
            using IDisposable opened = open();
            return "打开了";
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }
}
