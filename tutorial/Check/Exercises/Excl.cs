namespace Check.Exercises;

internal static class Excl
{
    public const string Creator = "创建者", Joiner = "加入者";

    public static void Check(Trial trial)
    {
        trial.Run(Trial.Name()).Must("三个进程里，恰好一个说自己是创建者", whole => whole.Output.Split(Creator).Length == 2);
        trial.Scenes([Refused, Joins, .. Trial.Places(Second)]);
    }

    // member 走到每一处（也可以一步没有走；看和创建可能写在同一条语句里，每个调用之前也停）。还没有创建的，检查器抢先创建好：先看有没有、再去创建的，就当自己是创建者，或者不知道怎么办。创建了的，又来一个 member。
    private static bool Second(Trial trial, int place)
    {
        (string name, int value, int theirs) = (Trial.Name(), Trial.Fresh(), Trial.Fresh());
        Show show = trial.Stage(["member", name, $"{value}"], within: true);
        if (show.Reach(0, place) is not { } stopped) return false;
        bool isCreator = File.Exists("/dev/shm" + name);
        using SharedObject made = (isCreator ? SharedObject.Open("/dev/shm" + name) : SharedObject.Create(name, theirs)) ?? throw new Rejected("以后的 member 打得开对象（权限里有 0600）", $"权限是 0{Convert.ToString((int)File.GetUnixFileMode("/dev/shm" + name), 8)}，打不开");
        (byte[] before, UnixFileMode mode) = (made.Bytes, made.Mode);
        int joiner = isCreator ? show.Enter(null, "member", name, $"{theirs}") : 0;
        show.Far(joiner);
        bool waits = isCreator && before is [] && show.CanGo(joiner);
        if (waits) show.Free(joiner); // 等创建者设大小的：等了很久，不等了，也只能说自己是加入者
        if (waits && !show.HasEnded(joiner)) return true;
        bool isSame = made.IsNamed && made.Bytes.SequenceEqual(before) && made.Mode == mode, isEarly = show.Output.Contains($"写入了 {value}") && !made.Holds(value);
        show.InTurn();
        bool isGood = isSame && !isEarly && show.Succeeded(0) && show.Succeeded(joiner) && Regex.Count(show.Output, Creator) == (isCreator ? 1 : 0) && Regex.Count(show.Output, Joiner) == 1;
        if (isGood && (!isCreator || (made.Holds(value) && mode.HasFlag(UnixFileMode.UserRead | UnixFileMode.UserWrite)))) return true;
        string seen = isSame ? $"对象里是 {made.Ints.FirstOrDefault()}，权限是 0{Convert.ToString((int)mode, 8)}" : "后来的改了对象";
        throw new Rejected(isSame ? "恰好一个是创建者，由它写入初值，权限里有 0600；别的都是加入者。看有没有和创建，是同一步" : "加入者只打开，什么也不改",
            $"member {stopped}，{(isCreator ? "又来一个" : $"还没有创建对象；检查器抢在它动手之前创建好了，里面是 {theirs}")}，然后都走完：{Said(show)}{(isEarly ? "，说写入了的时候，对象里还没有" : "")}；{seen}");
    }

    // 加入者每走一步，检查器就换一次内容：它走完，内容还是最后换的。
    private static void Joins(Trial trial)
    {
        (string name, int now) = (Trial.Name(), Trial.Fresh());
        Show show = trial.Stage(["member", name, $"{Trial.Fresh()}"], within: true);
        using SharedObject made = SharedObject.Create(name, now); // 先启动：启动不巧，会从头再来，名字都清掉
        while (show.Step(0))
        {
            if (!made.IsStill(now)) throw new Rejected("加入者只打开，什么也不改", $"对象是检查器创建的，member 每走一步，检查器就换一次内容；有一步改了它：{Said(show)}");
            made.Replace(now, now = Trial.Fresh());
        }
    }

    // 名字不对、名字是个符号链接：创建不成，也不是「已经有了」。
    private static void Refused(Trial trial)
    {
        string link = Trial.Name();
        File.CreateSymbolicLink("/dev/shm" + link, link[1..]);
        foreach ((string name, string why) in new[] { (Trial.Name() + "/b", "名字里有两个斜杠，shm_open 得到 EINVAL"), (link, "这个名字是一个符号链接，指向它自己，打不开") })
        {
            Ending ending = trial.Run("member", name, $"{Trial.Fresh()}");
            if (ending.Status == 0 || ending.Output.Contains(Joiner)) throw new Rejected("既没有创建成，也没有打开，就不是加入者：说出错误，退出码不是 0", $"{why}，{ending.Describe()}");
        }

        Named.Denied(trial, "它", name => ["member", name, $"{Trial.Fresh()}"]);
        foreach (string call in Named.Opening)
            if (trial.Fail("它", call, EEXIST, "member", Trial.Name(), $"{Trial.Fresh()}") is { } gone && gone.Output.Contains(Joiner)) throw new Rejected("加入者只打开，不创建", $"{gone.Describe()}；到了打开的时候，别人的对象已经删掉了，它又创建了一个，还说自己是加入者");
    }

    private static string Said(Show show) => string.Join('；', show.Lanes.Select((_, lane) => Regex.Replace(show.Said(lane), "^(父|子)进程", "member ")));
}
