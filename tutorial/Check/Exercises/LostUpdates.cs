using System.Diagnostics;

namespace Check.Exercises;

/// <summary>11：加一不是一步。</summary>
internal static class LostUpdates
{
    public static Exercise Exercise => new("11-lost-updates", "丢失的更新", "tutorial/13-lost-updates.md，示例 examples/13-LostUpdates",
    [
        "「加一」在 CPU 上是读、加、存三步。两个进程都读到 7，都存 8，会怎样？volatile 能让三步变成一步吗？",
        "要么让 CPU 一步做完（Interlocked 里找），要么让两个进程不同时做（信号量，初值 1）。",
    ], Check);

    private static void Check(Trial trial)
    {
        Trial.Stage(() => Together(trial, 10_000, swap: true));

        // 次数少，加得快的碰不到一起，看不出错；次数多，每次过两个调用的要等很久。从少到多，加法用的时间够长就停。
        bool enough = false;
        foreach (int scale in new[] { 20_000, 200_000, 2_000_000, 20_000_000, 100_000_000 })
        {
            if (!enough) Trial.Stage(() => enough = Together(trial, scale, swap: false));
        }
    }

    // 两个一起跑，都跑完才读；打印的是内存里的数，不是算出来的数。
    /// <returns>加法用了够长的时间：两个进程一定碰到过一起。</returns>
    private static bool Together(Trial trial, int scale, bool swap)
    {
        const string Expected = "两个子进程同时跑";
        int times = scale + Random.Shared.Next(scale / 10);
        using Play play = trial.Start($"{times}");
        Peer[] stopped = play.Catch(2, Expected, "检查器让第一个子进程停住，第二个一直没有启动：一个加完才启动另一个，就不是同时了");
        play.Root.Stop();
        List<SharedObject> objects = SharedObject.Of([play.Root, .. stopped]);
        try
        {
            // 各在各的 CPU 上：挤在一个上轮流跑，一条指令的加一是不会丢的。
            for (int i = 0; i < stopped.Length; i++) stopped[i].Pin(i);
            var clock = Stopwatch.StartNew();
            foreach (Peer child in stopped) child.Continue();
            bool between = false;
            play.Until(() =>
            {
                between = between || objects.Any(o => o.Ints().Any(seen => seen > 0 && seen < 2 * times && seen != times));
                return stopped.All(child => child.HasEnded) ? play : null;
            }, "两个子进程都结束");
            bool slow = clock.Elapsed > TimeSpan.FromSeconds(3) || stopped.Sum(child => child.CpuTime) > 300_000_000;
            SharedObject? counter = objects.FirstOrDefault(o => o.Find(2 * times).Length > 0);
            if (counter == null)
            {
                play.Root.Continue();
                throw new Rejected($"两个进程各加 {times} 次，内存里是 {2 * times}", objects.Count == 0 ? "没有共有的内存" : $"两个子进程都结束了，内存里没有这个数；{play.Finish().Describe()}");
            }

            if ((slow || scale >= 100_000_000) && !between) throw new Rejected("一次一次地加在共有的计数器上", "加了那么久，计数器里从来没有别的数，只有 0、N、2N：各自在别处加好，最后才存进来。那一下若不是原子的，照样可能丢，只是很少碰上");

            int shown = swap ? Trial.Fresh() : 2 * times;
            foreach (int offset in counter.Find(2 * times)) counter.Write(offset, shown);
            play.Root.Continue();
            play.Finish().Must(swap ? $"父进程打印内存里的数（趁它停着，检查器把 {2 * times} 换成了 {shown}）" : $"两个进程各加 {times} 次，最后是 {shown}", shown);
            return slow;
        }
        finally
        {
            objects.ForEach(o => o.Dispose());
        }
    }
}
