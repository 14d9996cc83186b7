namespace Check.Exercises;

/// <summary>08：只有一个创建者。</summary>
internal static class Excl
{
    private const string Creator = "创建者", Joiner = "加入者";

    public static void Check(Trial trial)
    {
        trial.Run(Trial.Name()).Must("三个进程里，恰好一个说自己是创建者", whole => whole.Output.Split(Creator).Length == 2);

        // 看和创建可能写在同一条语句里：每个调用之前也停。
        trial.Scenes([own => Member(own, already: null), own => Member(own, already: Trial.Fresh()), Refused, .. Trial.Places(Between)]);
    }

    // 没有别人：自己创建，写入初值。已经有了：只打开，不改。
    private static void Member(Trial trial, int? already)
    {
        (string name, int value) = (Trial.Name(), Trial.Fresh());
        Show show = trial.Stage(["member", name, $"{value}"]);
        if (already is { } content) SharedObject.Create(name, content).Dispose();
        show.InTurn();
        using SharedObject? made = SharedObject.Open("/dev/shm" + name);
        bool isGood = already == null ? Says(show, Creator) && made?.Holds(value) == true : Says(show, Joiner) && made?.Ints is [var now] && now == already;
        string expected = already == null ? $"对象还没有的时候，member 是创建者，把 {value} 写入对象" : $"对象已经有了（里面是 {already}），member 是加入者，什么也不改";
        string seen = made == null ? "对象不在" : $"对象有 {made.Size} 字节，开头是 {made.Ints.FirstOrDefault()}";
        if (!show.Succeeded(0) || !isGood) throw show.Refuse(expected, $"{show.Said(0)}；{seen}");
    }

    // 恰好说一次，也没有说另一个。
    private static bool Says(Show show, string word) => Regex.Count(show.Output, word) == 1 && Regex.Count(show.Output, $"{Creator}|{Joiner}") == 1;

    // member 走了几步（也可以一步没有走），还没有创建；这时检查器抢先创建好。先看有没有、再去创建的，就当自己是创建者，或者不知道怎么办。
    private static bool Between(Trial trial, int place)
    {
        string name = Trial.Name();
        Show show = trial.Stage(["member", name, $"{Trial.Fresh()}"], within: true);
        if (show.Reach(0, place) is not { } stopped || File.Exists("/dev/shm" + name)) return false;
        using SharedObject made = SharedObject.Create(name);
        show.Free(0);
        if (!show.Output.Contains(Creator) && made.Size == 0 && (!show.HasEnded(0) || show.Succeeded(0))) return true;
        throw new Rejected(made.Size != 0 ? "加入者只打开，什么也不改" : "创建成了才是创建者，创建不成就是加入者：看有没有和创建，是同一步",
            $"member {stopped}，还没有创建对象；检查器抢在它动手之前创建好了，还没有设大小。{show.Said(0).Replace("父进程", "member ")}{(made.Size != 0 ? "；它改了检查器的对象" : "")}");
    }

    // 名字不对、名字是个符号链接：创建不成，也不是「已经有了」。
    private static void Refused(Trial trial)
    {
        (string link, string there) = (Trial.Name(), Trial.Name());
        File.CreateSymbolicLink("/dev/shm" + link, "/nowhere/" + Path.GetRandomFileName());
        foreach ((string name, string why) in new[] { (Trial.Name() + "/b", "名字里有两个斜杠，shm_open 得到 EINVAL"), (link, "这个名字是一个符号链接，指向没有的文件，打不开") })
        {
            Ending ending = trial.Run("member", name, $"{Trial.Fresh()}");
            if (ending.Status == 0 || ending.Output.Contains(Joiner)) throw new Rejected("既没有创建成，也没有打开，就不是加入者：说出错误，退出码不是 0", $"{why}，{ending.Describe()}");
        }

        // 对象已经有了，创建却得到别的错误。
        using SharedObject made = SharedObject.Create(there, Trial.Fresh());
        if (trial.Fail("shm_open", EMFILE, child: false, "member", there, $"{Trial.Fresh()}") is { } full && (full.Status == 0 || full.Output.Contains(Joiner))) throw new Rejected("得到 EEXIST 才去打开，别的错误不是「已经有了」", $"检查器让第一次 shm_open 失败（EMFILE），{full.Describe()}");

        // 刚才还有，转眼没有了。
        if (trial.Fail("shm_open", EEXIST, child: false, "member", Trial.Name(), $"{Trial.Fresh()}") is { } gone && gone.Output.Contains(Joiner)) throw new Rejected("加入者只打开，不创建", $"创建的时候得到 EEXIST，到了打开的时候，别人的对象已经删掉了；它又创建了一个，还说自己是加入者：{gone.Describe()}");
    }
}
