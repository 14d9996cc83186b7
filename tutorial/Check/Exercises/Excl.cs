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
        "有一个标志，让「已经有了」变成失败，errno 是 EEXIST；得到它的就是加入者。先看有没有、再去造不行：看和造之间有空档。",
    ], Check);

    private static void Check(Trial trial)
    {
        Ending whole = trial.Run(Trial.Name());
        if (whole.Status != 0 || Count(whole.Output, Creator) != 1) throw new Rejected("三个进程里，恰好一个说自己是创建者", whole.Describe());
        whole.LeaveNothing();

        Alone(trial);
        Late(trial);
        Together(trial);
        Unsized(trial);
        Between(trial);
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

    // 检查器已经造好，还没有设大小：不是自己造的，就不该去设。
    private static void Unsized(Trial trial)
    {
        string name = Trial.KeptName();
        using SharedObject made = SharedObject.Create(name, 0);
        using Play play = trial.Start("member", name, $"{Trial.Fresh()}");

        // 等大小变成非 0 的加入者会一直等下去，不算错：安静了就到此为止。
        play.Quiet(TimeSpan.FromSeconds(0.2));
        if (made.Size != 0) throw new Rejected("对象是别人造的，大小还是 0，也不是创建者", "检查器造好了对象，还没有设大小，member 却当自己是创建者，替它设了");
    }

    // 第一次碰这个名字的时候没有，第二次之前由检查器造好：先看有没有、再去造的，打开的就是检查器的对象。
    private static void Between(Trial trial)
    {
        string name = Trial.KeptName();
        int touches = 0;
        SharedObject? made = null;
        using Play play = trial.Start("member", name, $"{Trial.Fresh()}");
        play.BeforeEach("/dev/shm" + name, () =>
        {
            if (++touches == 2 && !File.Exists("/dev/shm" + name)) made = SharedObject.Create(name, 0);
        });
        if (made == null) return;
        using (made)
        {
            Ending ending = play.Finish();
            if (ending.Status != 0 || Count(ending.Output, Creator) != 0 || made.Size != 0)
            {
                throw new Rejected("造成了才是创建者，造不成就是加入者：看有没有和造，是同一步",
                    $"member 先看，没有；检查器抢在它动手之前造好了对象。{ending.Describe()}{(made.Size != 0 ? "；它改了检查器的对象" : "")}");
            }
        }
    }

    private static int Count(string output, string word) => output.Split(word).Length - 1;
}
