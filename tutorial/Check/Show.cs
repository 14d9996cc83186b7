namespace Check;

/// <summary>学生的程序在舞台上走一次：几个进程，一次只放一个走一步，次序由检查器决定。编号 0 是最先的，之后按出现的次序。</summary>
internal sealed class Show : IDisposable
{
    // 看得到的都是看过的，记四分；自己的变量也都见过，就是原地转，多记（有别的线程的，看不准）；到这么多分，就是一遍一遍地问着，
    // 等别的进程。全都要走完的时候，只记一分：一个字节一个字节地复制，一个指针一个指针地释放，也要走很多步。走了太多步，就是走不完。
    private const int Waiting = 96, MostMoves = 8000, Known = 200;
    private readonly bool _hasThreads, _within;
    // 睡着的时候说了至多睡多久：等它自己醒。一场里一共也只等半分钟：醒了又睡的，不是在走。
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(6);
    private readonly Part[] _parts;
    private readonly Run _run;
    private readonly List<int> _moves = [];
    private List<SharedObject>? _objects;
    // 一遍一遍地问着的进程，问的一圈里的各个样子：又是其中一个，就还是问，走一步就够了。
    private readonly Dictionary<int, HashSet<string>> _asking = [];
    // 在舞台上照着次序走得出来；停在语句中间的、不停地走的、后来又启动的，走不出来。
    private bool _isRepeatable;
    private int _naps;

    /// <param name="within">也停在一条语句的中间：条件看过了，还没有动手；值算好了，还没有写入。</param>
    public Show(Part part, bool within)
    {
        (_parts, _isRepeatable, _hasThreads, _within) = ([part with { Variables = within ? ["JUDGE_STOPS=1"] : part.Variables }], !within && part.Variables is [], part.HasThreads, within);
        _run = Run.Start(_parts, forks: true, idleAfter: TimeSpan.FromSeconds(0.7), patience: TimeSpan.FromSeconds(0.5));
    }

    public int Count => Lanes.Length;
    public LaneView[] Lanes => _run.Now.Lanes;
    /// <summary>全部进程打印了什么（不含标准错误），按打印的先后。另起线程的，说不准是谁打印的，所以看全部。</summary>
    public string Output => _run.Printed;
    /// <summary>还活着的进程拿着的全部共享对象；有了，就总是那几个。</summary>
    public List<SharedObject> Objects => _objects is { Count: > 0 } ? _objects : _objects = SharedObject.Of(_run.Pids.Where((_, lane) => !HasEnded(lane)).Select(pid => new Peer(pid)));
    public int Posted => _run.Now.Objects.Where(o => o.Kind == "semaphore").Sum(o => o.Value ?? 0);
    public int Pid(int lane) => _run.Pids[lane];
    public bool HasEnded(int lane) => Lanes[lane].State is State.Exited or State.Killed;
    public bool Succeeded(int lane) => Lanes[lane] is { State: State.Exited, Why: "0" or "?" }; // 状态给父进程的别的线程取走了的，看不到
    public bool CanGo(int lane) => _run.CanGo(lane);
    public string Printed(int lane, bool errors = false) => string.Concat(Lanes[lane].Output.Where(o => o.IsError == errors).Select(o => o.Text));
    public string At(int lane) => string.Join(' ', Lanes[lane].Frames.Select(f => f.Site)); // 停在哪里，含是从哪里调用来的
    public string Who(int lane) => lane == 0 ? "父进程" : Role(lane) is not ("" or "child") ? $"{Role(lane)} 进程" : Count > 2 ? $"子进程 {(char)('A' + lane)}" : "子进程";
    /// <summary>一个进程的角色：它的第一个参数；最先的进程没有。</summary>
    public string Role(int lane) => lane > 0 && Lanes[lane].Title.Split(' ', 3) is [_, var role, ..] ? role : "";
    public int[] All(string role) => [.. Enumerable.Range(0, Count).Where(lane => Role(lane) == role)];

    public bool Step(int lane, bool looks = true)
    {
        if (!CanGo(lane)) return false;
        if (_moves.Count == MostMoves) throw Refuse("程序走到结束", $"走了 {MostMoves} 步还没有走完：{Said()}");
        Take(lane, looks);
        return true;
    }

    /// <summary>走到第几处：只碰自己的内存的不算，停在它之前和之后，别的进程看来是一样的；循环又走到的也不算，走了许多步都是走到过的，就是没有了。一条语句的中间也算一处（halves）。</summary>
    /// <returns>停在哪里；没有这么多处，或者走不到，为 null。</returns>
    public string? Reach(int lane, int place, bool halves = true)
    {
        HashSet<string> seen = [];
        int known = 0;
        for (string now, before = ""; CanGo(lane) && known < Known; before = now, known++)
        {
            now = At(lane);
            Site site = _parts[0].Sites[Lanes[lane].Site!.Value];
            if (seen.Add(now)) known = 0;
            if ((known == 0 || (_within && halves && now == before)) && (site.Returns || !site.Touches.IsUnseen) && place-- == 0) return $"停在第 {site.Line} 行";
            Step(lane);
        }

        return null;
    }

    /// <summary>走到不能再走：结束了，睡着了，或者一遍一遍地问着，等别人。</summary>
    public void Far(int lane, Func<bool>? until = null)
    {
        if (!_run.HasThreads(lane) && until == null && _asking.TryGetValue(lane, out var round) && round.Contains(Around(lane))) Step(lane);
        else _asking[lane] = InTurn(() => [lane], until, toTheEnd: false);
    }

    /// <summary>轮流走，一人一步，到谁也不能走，或者都在一遍一遍地问。</summary>
    /// <param name="who">谁；null 是全部，含走着走着才来的。</param>
    /// <param name="until">每走一步之前看一眼，到了这里也停。</param>
    /// <param name="toTheEnd">自己的变量还在变的，多走几步；否则看得到的没有变，就是在问。</param>
    /// <returns>一遍一遍地问的时候的各个样子；不是这样停下的是空的。</returns>
    public HashSet<string> InTurn(Func<int[]>? who = null, Func<bool>? until = null, bool toTheEnd = true)
    {
        who ??= () => [.. Enumerable.Range(0, Count)];
        HashSet<string> seen = [], round = [];
        for (int same = 0; same < Waiting;)
        {
            // 看一遍比走一步还久：几个人的，都走过才看。
            bool moved = false, stops = false;
            int[] moving = who();
            foreach (int lane in moving)
            {
                if (stops = until?.Invoke() == true) break;
                moved |= Step(lane, looks: moving.Length == 1);
            }

            if (moved && moving.Length > 1) _run.Look();
            if (stops) return [];
            if (!moved && !who().Any(Wakes)) return [];
            string visible = Visible(who()), own = string.Concat(Lanes.Select(Own));
            bool isNew = seen.Add(visible), isMoving = seen.Add(visible + own);
            if (isNew) round.Clear();
            round.Add(Around(who()[0]));
            int again = !_hasThreads || (until == null && !moving.Any(_run.HasThreads)) ? 48 : 8;
            same = isNew ? 0 : same + (toTheEnd ? 1 : isMoving ? 4 : again);
        }

        return round;
    }

    /// <summary>不再停，自己走下去，到结束、睡着、走过了几百万处，或者用了一秒半 CPU。</summary>
    public void Free(int lane)
    {
        _isRepeatable = false;
        if (CanGo(lane)) _run.Take(lane, free: true);
        for (int i = 0; i < 2 && Lanes[lane].State == State.Running; i++) _run.Again();
    }

    /// <summary>一遍一遍地问着，等别人的：别人多久不来，就要问多久。睡着等的，不用看。总是返回 true；它不再停，这一场不能再用。</summary>
    public bool MustBePatient(int lane)
    {
        if (!CanGo(lane) && !HasEnded(lane)) return true;
        string before = Output;
        Free(lane);
        if (HasEnded(lane) || Output != before) throw Refuse($"别人多久不来，{Who(lane)}就等多久", $"别人停着，{Who(lane)}问了许多遍，就不等了：{Said(lane)}");
        return true;
    }

    public void Kill(int lane, Signal signal)
    {
        _isRepeatable &= signal == SIGKILL;
        if (signal == SIGKILL) Take(Move.Kill(lane));
        else kill(Pid(lane), signal);
        _run.Again();
    }

    /// <summary>再启动一个，停在第一条语句之前；返回它是第几个。</summary>
    /// <param name="walk">接着让它怎样走；null 是先不走。</param>
    public int Enter(Action<int>? walk, params string[] args)
    {
        _isRepeatable = false;
        _parts[0] = _parts[0] with { Again = args };
        Take(Move.Enter(0));
        int lane = Count - 1;
        walk?.Invoke(lane);
        return lane;
    }

    /// <summary>趁进程停着，把内存里的值换成另一个，然后走完：打印的应当是换过的。</summary>
    public void MustPrintSwapped(List<SharedObject> objects, int value, int other)
    {
        if (_hasThreads && Output.Contains($"{value}")) return; // 别的线程已经打印了，换得太晚
        objects.ForEach(o => o.Replace(value, other));
        InTurn();
        if (other == 0 ? Output.Contains($"{value}") : !Output.Contains($"{other}")) throw Refuse("打印的是内存里的值", $"趁进程停着，检查器把内存里的 {value} 换成了 {other}；{Said()}");
    }

    public string[] Left => [.. _run.Now.Objects.Where(o => o.IsNamed).Select(o => Words.Plain($"{o.Kind switch { "semaphore" => "信号量 ", "object" => "共享内存对象 ", "segment" => "", _ => "文件 " }}{o.Label}"))];
    private Stage.Words Words => new(_parts, _run.Pids, _run.Addresses);

    public void LeaveNothing(string when = "")
    {
        if (Left is [_, ..] left) throw Refuse("结束之后什么也不留", $"{when}忘了 unlink，留下了：{string.Join('、', left)}", Result.LeftBehind);
    }

    public string Said(int lane)
    {
        Stage.Words words = Words;
        string output = Ending.Clean(Regex.Replace(words.Plain(string.Concat(Lanes[lane].Output.Select(o => o.Text))), "^ +at .*\n?", "", RegexOptions.Multiline)); // 崩溃时的调用栈没有行号
        return $"{Who(lane)}{words.StateOf(Lanes[lane])}，{(output == "" ? "什么也没有打印" : $"打印了「{output}」")}{(output.Contains("Fatal error.") ? Ending.Crashed : "")}";
    }

    public string Said() => string.Join('；', Lanes.Select((_, lane) => Said(lane)));

    /// <summary>不通过：连同走的次序，和在舞台上看它的命令。</summary>
    public Rejected Refuse(string expected, string seen, Result result = Result.Wrong)
    {
        string args = string.Join(' ', _parts[0].Args.Select(a => Regex.Replace(a, "^/check-[0-9a-f]+-", "/stage-")).Prepend(_parts[0].Label).Select(a => Regex.IsMatch(a, "^[-\\w/.]+$") ? a : $"'{a.Replace("'", "'\\''")}'"));
        string order = Stage.Order.Write(_moves), stage = Trial.ShownPath(Path.Combine(Workspace.Tutorial, "Stage"));
        string how = (order.IndexOf('!') is var at and >= 0 ? $"，!{order[at + 1]}：{Who(order[at + 1] - 'A')}在这里被杀死" : "") + (Regex.IsMatch(expected + seen, "换成|换掉|替它写") ? "；检查器改的内存，那里没有改" : "");
        return new(expected, _isRepeatable ? $"{seen}。在舞台上照这个次序看（退格键一步步后退{how}）：\n      dotnet run --project {stage} -- {args} --order '{order}'" : seen, result);
    }

    public void Dispose()
    {
        _objects?.ForEach(o => o.Dispose());
        _run.Dispose();
    }

    private void Take(int move, bool looks = true)
    {
        _moves.Add(move);
        _run.Take(move, looks: looks);
    }

    // 睡着的：说了至多睡多久的，等到那时候，看它醒不醒。
    private bool Wakes(int lane)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Longest && (Lanes[lane].State == State.Running || (Lanes[lane].State == State.Asleep && new Peer(Pid(lane)).IsSleepingForATime)) && _naps++ < 600;)
        {
            Thread.Sleep(50);
            _run.Again();
            if (Lanes[lane].State == State.Running) return false;
        }

        return CanGo(lane);
    }

    // 走一步之后看得到的：共享的东西，打印了什么，有谁，各打开、映射了几个（一遍遍打开而不关的，不数到底），各在做什么；正在走的，停在哪里不算。
    private string Visible(int[] moving) => Things() + string.Join('\n', Lanes.Select((l, i) => $"{HasEnded(i)} {l.Output.Length} {Math.Min(l.Mappings.Length + l.Descriptors.Length, 40)} {(moving.Contains(i) ? "" : $"{l.State} {l.Site}")}"));
    private string Things() => string.Join('\n', _run.Now.Objects.Select(o => $"{o.Label} {o.IsNamed} {o.Size} {o.Sum} {o.Value}")) + _run.Now.Hidden;
    private static string Own(LaneView view) => string.Join('\n', view.Frames.Select(f => $"{f.Site} {f.Hidden} {string.Join(' ', f.Variables.AsEnumerable())}"));
    // 一个进程自己的样子，和它看得到的：别的进程停在哪一步，它看不到。
    private string Around(int lane) => Things() + Own(Lanes[lane]) + string.Concat(Lanes.Select(l => $"{l.State} {l.Output.Length} {string.Concat(l.Descriptors.Select(d => d.Target + d.Hidden))}"));
}
