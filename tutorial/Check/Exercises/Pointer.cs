using System.Runtime.InteropServices;
using Engine;

namespace Check.Exercises;

/// <summary>14：共享内存里存了指针。</summary>
internal static class Pointer
{
    public static Exercise Exercise => new("14-pointer", "对象里的指针", "tutorial/02-mmap.md、05-anonymous-mapping.md",
    [
        "父进程打印 (long)second，子进程打印 (long)first：两个进程的映射在同一个地址吗？",
        "存「第二个节点离开头多少字节」，用的时候加上自己的 first。",
    ], Check);

    private static void Check(Trial trial)
    {
        int value = Trial.Fresh(), other = Trial.Fresh();
        trial.Run($"{value}").Must($"子进程走到第二个节点，读出 {value}", value);

        using Show show = trial.Stage($"{value}");
        show.UntilChildren(1, "启动子进程");
        show.Far(0);
        List<SharedObject> objects = show.Objects();
        try
        {
            if (!objects.Any(o => o.Find(value).Length > 0)) throw show.Refuse("值放在共享的内存里", $"子进程还没有开始，父进程应当已经写好；共享的内存里没有 {value}");
            Map[] maps = [.. show.Peer(0).Mappings().Where(m => m.File.StartsWith("/memfd:", StringComparison.Ordinal) || m.File.StartsWith("/dev/shm/", StringComparison.Ordinal))];
            ulong address = objects.SelectMany(o => MemoryMarshal.Cast<byte, ulong>(o.Read().AsSpan(0, o.Read().Length / 8 * 8)).ToArray()).FirstOrDefault(word => maps.Any(m => m.Start <= word && word < m.End));
            if (address != 0) throw show.Refuse("对象里没有地址", $"对象里存着 0x{address:x}，是父进程的映射里的地址：子进程的映射换了地方，它就没有意义了");
            objects.ForEach(o => o.Replace(value, other));
            show.Far(1);
            show.InTurn();
            if (!show.PrintedByAll.Contains($"{other}")) throw show.Refuse("子进程打印的是内存里的值", $"趁子进程停着，检查器把 {value} 换成了 {other}；{show.Said(1)}");
        }
        finally
        {
            objects.ForEach(o => o.Dispose());
        }
    }
}
