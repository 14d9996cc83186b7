using Posix;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>08：只有一个创建者。</summary>
internal static class Excl
{
    private const string Creator = "创建者";
    private const string Joiner = "加入者";

    public static Exercise Exercise => new("08-excl", "只有一个创建者", "tutorial/08-shm-open.md，示例 examples/08-ShmOpen",
    [
        "O_CREAT 成功了，你知道对象是刚造的，还是本来就有的吗？",
        "有一个标志，让「已经有了」变成失败，errno 是 EEXIST；得到它的就是加入者。先看有没有、再去造不行：看和造之间有空当。",
    ], Check);

    private static void Check(Trial trial)
    {
        Ending whole = trial.Run(Trial.Name());
        if (whole.Status != 0 || Count(whole.Output, Creator) != 1) throw new Rejected("三个进程里，恰好一个说自己是创建者", whole.Describe());
        whole.LeaveNothing();

        Alone(trial);
        Late(trial);
        Together(trial);
        for (int round = 0; round < 2; round++) Flickering(trial);
    }

    // 没有别人：自己造，存初值。
    private static void Alone(Trial trial)
    {
        (string name, int value) = (Trial.KeptName(), Trial.Fresh());
        Ending ending = trial.Run("member", name, $"{value}");
        using SharedObject? made = SharedObject.Open("/dev/shm" + name);
        string seen = made == null ? $"对象 {name} 不在" : $"对象有 {made.Size} 字节，{(made.Find(value).Length > 0 ? "有" : "没有")}初值";
        if (ending.Status != 0 || Count(ending.Output, Creator) != 1 || made?.Find(value).Length is not > 0)
        {
            throw new Rejected($"对象还没有的时候，member 是创建者，把 {value} 存进对象", $"{ending.Describe()}；{seen}");
        }
    }

    // 已经有了：只打开，不改。
    private static void Late(Trial trial)
    {
        (string name, int value, int already) = (Trial.KeptName(), Trial.Fresh(), Trial.Fresh());
        using SharedObject made = SharedObject.Create(name, sizeof(int));
        made.Write(0, already);
        Ending ending = trial.Run("member", name, $"{value}");
        if (ending.Status != 0 || Count(ending.Output, Joiner) != 1 || Count(ending.Output, Creator) != 0 || made.Find(already) is not [0] || made.Size != sizeof(int))
        {
            throw new Rejected($"对象已经有了（里面是 {already}），member 是加入者，什么也不改",
                $"{ending.Describe()}；对象里{(made.Find(already) is [0] && made.Size == sizeof(int) ? "还是原来的值" : "不再是原来的值")}");
        }
    }

    // 几个一起来：恰好一个创建者，对象里是它的值。
    private static void Together(Trial trial)
    {
        string name = Trial.KeptName();
        int[] values = [.. Enumerable.Range(0, 4).Select(_ => Trial.Fresh())];
        Play[] plays = [.. values.Select(value => trial.Start("member", name, $"{value}"))];
        try
        {
            foreach (Play play in plays) play.Until(() => play.HasEnded ? play : null, "member 结束");
            Ending[] endings = [.. plays.Select(play => play.Finish())];
            int creators = endings.Count(e => Count(e.Output, Creator) > 0);
            using SharedObject? made = SharedObject.Open("/dev/shm" + name);
            if (creators != 1 || endings.Any(e => e.Status != 0) || made?.Find(values[Array.FindIndex(endings, e => e.Output.Contains(Creator))]).Length is not > 0)
            {
                throw new Rejected("四个进程同时来，恰好一个创建者，对象里是它的值", $"{creators} 个创建者：{string.Join('／', endings.Select(e => e.Describe()))}");
            }
        }
        finally
        {
            foreach (Play play in plays) play.Dispose();
        }
    }

    // 检查器不停地造了又删。「先看有没有，再造」的程序，看的时候没有，造的时候却打开了检查器的对象，还去改它的大小。
    private static void Flickering(Trial trial)
    {
        string name = Trial.KeptName();
        bool running = true;
        bool touched = false;
        var flicker = new Thread(() =>
        {
            var recent = new Queue<int>();
            while (Volatile.Read(ref running))
            {
                int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
                if (fd != -1) recent.Enqueue(fd);
                if (recent.Count > 2000) Inspect(recent.Dequeue());
                Thread.SpinWait(20);
                shm_unlink(name);
            }

            while (recent.TryDequeue(out int fd)) Inspect(fd);

            // 检查器造的对象大小是 0，谁也不该改它。
            void Inspect(int fd)
            {
                touched |= fstat(fd, out stat_t st) == 0 && st.st_size != 0;
                close(fd);
            }
        });

        Play[] plays = [.. Enumerable.Range(0, 6).Select(_ => trial.Start("member", name, $"{Trial.Fresh()}"))];
        flicker.Start();
        try
        {
            // 等大小变成非 0 的加入者会一直等下去，不算错：大家都安静了就到此为止。
            foreach (Play play in plays) play.Quiet(TimeSpan.FromSeconds(0.2));
        }
        finally
        {
            Volatile.Write(ref running, false);
            flicker.Join();
            foreach (Play play in plays) play.Dispose();
        }

        if (touched)
        {
            throw new Rejected("造成了才是创建者：看有没有和造，是同一步", "对象是检查器抢先造的（在 member 看过之后、动手之前），member 却当自己是创建者，改了它的大小");
        }
    }

    private static int Count(string output, string word) => output.Split(word).Length - 1;
}
