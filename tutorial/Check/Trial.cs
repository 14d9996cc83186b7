namespace Check;

/// <summary>检查一个练习：编译一次，按检查的需要启动许多次，每次用新的随机值和新的名字。</summary>
internal sealed class Trial : IDisposable
{
    private static int _counter;
    private readonly Part _part;
    private Show? _show;

    private Trial(string source, string output)
    {
        string name = Path.GetFileNameWithoutExtension(source), shown = ShownPath(source);
        try { _part = Compiler.CompileForStage(name, [(source, shown)], [], new Dictionary<string, string>(), output, prepare: Shim.Apply) with { Label = shown }; }
        catch (InvalidDataException e) { throw new Rejected("编译通过", e.Message, Result.CompileError); }
    }

    /// <summary>这台机器上看不出来的，解出来了也要说。</summary>
    public string Note { get; set; } = "";
    /// <summary>学生的程序另起线程：舞台只停主线程，别的线程做的是一步。</summary>
    public bool HasThreads => _part.HasThreads;

    public static Verdict Of(Exercise exercise, string source)
    {
        var clock = Stopwatch.StartNew();
        string output = Path.Combine(Sandbox.Programs, Path.GetRandomFileName());
        try
        {
            if (!File.Exists(source)) throw new Rejected($"有文件 {ShownPath(source)}", $"没有这个文件；用 reset {exercise.Number} 取回", Result.Missing);
            var trial = new Trial(source, output);
            Arena.Enter(() => { using (trial) Anew(() => exercise.Check(trial)); });
            return Timed(new Verdict(Result.Solved, "", trial.Note));
        }
        catch (Rejected e) { return Timed(e.Verdict); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return Timed(new Verdict(Result.Unchecked, "能够检查", $"检查器自己出了错：{e.Message}")); }
        finally
        {
            lock (Sandbox.Gate)
            {
                Tree.Kill(Tree.All);
                Shm.RemoveOwn();
                Sandbox.Remove(output);
            }
        }

        Verdict Timed(Verdict verdict) => verdict with { Seconds = Math.Round(clock.Elapsed.TotalSeconds, 2) };
    }

    public static string ShownPath(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path) is var relative && relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;

    /// <summary>没有用过的随机值，九位数：不会碰巧出现在别的输出里。</summary>
    public static int Fresh() => Random.Shared.Next(100_000_000, 1_000_000_000);
    /// <summary>没有用过的文字，这么多字节。一个字三个字节，中间夹着两个只有一个的：分成几块来读，每块多大都会切开一个字。</summary>
    public static string Text(int bytes) => Random.Shared.GetString("共享内存映射信号量描述符亲缘进程父子创建打开写入读出", (bytes - 2) / 3).Insert(Math.Min(bytes / 6, 6666), Random.Shared.GetHexString(2)) + Random.Shared.GetHexString((bytes - 2) % 3);
    public static string Name() => string.Create(CultureInfo.InvariantCulture, $"/{Sandbox.Token}{Interlocked.Increment(ref _counter)}");
    public Ending Run(params string[] args) => Run([], args);

    private Ending Run(string[] variables, string[] args)
    {
        Dispose();
        using var play = new Play(() => { if (Sandbox.IsPrivate) MustEnd(variables, args); });
        return play.Run(_part.Program, variables, args);
    }

    // 是机器忙，还是永远等不到：在另一个场地的舞台上照样走一遍，不看钟。走了很多步还在走的，看不出来。
    private void MustEnd(string[] variables, string[] args) => Arena.Enter(() =>
    {
        int steps = 0;
        using var show = new Show(_part with { Args = args, Variables = variables }, within: false);
        show.InTurn(until: () => ++steps > 3000);
        if (steps <= 3000 && !show.HasEnded(0)) throw show.Refuse("自己结束", $"走不下去了：{show.Said()}", Result.Hung);
    });

    /// <summary>启动，让 <paramref name="who"/>（子进程，或者最先的进程，叫它什么都行）的一个调用失败一次，等它结束。</summary>
    public Ending? Fail(string who, string call, Errno error, params string[] args)
    {
        if (!Regex.IsMatch(_part.Sources[0].Text, $"{call}[(\"]")) return null; // 自己声明的，也可以叫别的名字（EntryPoint）
        string mark = Path.Combine(Sandbox.Programs, Path.GetRandomFileName());
        Ending ending = Run([$"JUDGE_FAIL={(who == "子进程" ? "child" : "parent")} {call} {(int)error} {Environment.ProcessId} {mark}"], args);
        return File.Exists(mark) ? ending with { Why = $"检查器让{who}的 {call} 失败了一次（{strerrorname_np(error)}），" } : null;
    }

    /// <summary>在舞台上启动：停在第一条语句之前，一步一步地走。一次只演一场，再启动就收场。</summary>
    /// <param name="children">先走到这么多个子进程都来了，停在自己的第一条语句之前；父进程走到不能再走。</param>
    public Show Stage(string[] args, int children = 0, bool within = false)
    {
        Dispose();
        Show show = _show = new Show(_part with { Args = args }, within);
        if (children == 0) return show;
        for (int i = 0; i < 20 && show.Count <= children; i++) show.Far(0, () => show.Count > children); // 参数很多，放进去要走很多步。
        show.Far(0);
        _ = show.Objects;
        if (show.Count > children) return show;
        throw show.Refuse($"启动 {children} 个子进程{(children > 1 ? "，同时运行" : "")}", $"启动了 {show.Count - 1} 个子进程，{(show.HasEnded(0) || children == 1 ? show.Said(0) : "它停着，另一个一直没有来：一个做完才启动另一个，就不是同时了")}");
    }

    /// <summary>几场互不相干的，各在自己的场地里，几场同时演；有几场不通过，说的是排在最前面的那一场。</summary>
    public void Scenes(params Action<Trial>[] scenes)
    {
        Dispose();
        var failed = new Rejected?[scenes.Length];
        int next = -1;
        Arena.Enter(
            () =>
            {
                for (int i; failed.All(one => one == null) && (i = Interlocked.Increment(ref next)) < scenes.Length;)
                {
                    using var own = (Trial)MemberwiseClone();
                    try { Anew(() => scenes[i](own)); }
                    catch (Rejected e) { failed[i] = e; }
                }
            },
            Math.Min(4, Environment.ProcessorCount));
        if (failed.FirstOrDefault(one => one != null) is { } first) throw first;
    }

    private static void Anew(Action scene)
    {
        try { scene(); }
        catch (StartAgainException) { Anew(scene); } // 进程的编号碰巧与答案里的一个数相同，就分不清：换新的值，再来一遍。
        catch (TooManyProcessesException e) { throw new Rejected("启动两三个子进程", e.Message, Result.TooManyProcesses); }
    }

    /// <summary>停在每一处（<see cref="Show.Reach"/>），各演一场；没有这一处的，一场返回 false。</summary>
    public static Action<Trial>[] Places(Func<Trial, int, bool> scene)
    {
        int places = 99;
        return [.. Enumerable.Range(0, places).Select<int, Action<Trial>>(place => own => { if (place < places && !scene(own, place)) places = place; })];
    }

    /// <summary>整个运行，各一场：打印了这个值，什么也不留。</summary>
    public static IEnumerable<Action<Trial>> Whole(string expected, Func<object, string[]> args, params object[] values) =>
        values.Select<object, Action<Trial>>(value => own => own.Run(args(value)).Must($"{expected}，这一次是 {Ending.Clean($"{value}")}", value));

    public void Dispose() => Interlocked.Exchange(ref _show, null)?.Dispose();
}
