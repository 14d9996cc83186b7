using System.Numerics;

namespace Engine;

/// <summary>走遍每一个次序，但分不出先后的两步只走一个次序；还可以在每一步之前杀死每一个进程。</summary>
/// <remarks>
/// 走的是真实的进程，所以不从一个状态「后退」：演到走过的状态就接着走最近的没走过的一步，走不动了重演一次（见 <see cref="Recorder"/>）。
/// 少走的有两种，都不少一种结局（P. Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, LNCS 1032, 1996）：
/// 一、某个进程的下一步，别的进程从停着的地方起怎么走也碰不到，就只走它（只有一个成员的 persistent set）。
/// 若一圈都这样走，别的进程会永远轮不到，这时圈上的一个状态每个进程都走。
/// 二、sleep set：先走过 a、再走 b 的时候，若 a 与 b 碰的是不同的东西，b 之后就不必再走 a，那个次序与先 a 后 b 是同一个。
/// 同一个状态从几条路走到，取各条路的 sleep set 的交集；交集变小，就补走。
/// </remarks>
/// <param name="parts">程序。</param>
/// <param name="reduces">少走分不出先后的。</param>
/// <param name="kills">在每一步之前，杀死每一个进程，至多一个。</param>
/// <param name="most">至多多少个状态。</param>
/// <param name="limit">至多多久。</param>
internal sealed class Explorer(Part[] parts, bool reduces, bool kills, int most, TimeSpan limit) : Recorder(parts, most, limit, forks: true)
{
    private readonly Part[] _parts = parts;
    private readonly Dictionary<int, long> _sleeping = [];
    private readonly HashSet<int> _whole = [];
    private readonly Dictionary<(int Part, int Site), Footprint> _seen = [];
    private readonly Dictionary<(int State, int Lane), Footprint> _footprints = [];
    private readonly Dictionary<(int Part, int Site), Footprint> _futures = [];
    private readonly Dictionary<int, int[]> _choices = [];
    private bool _killsReach;

    /// <summary>要走的每一步：从哪个状态，走什么，到哪个状态。走过、后来知道不必走的不在内，所以每次走遍得到的都一样。</summary>
    public (int From, int Move, int To)[] Steps() => [.. Reached([0], state => Edges(state).Select(edge => edge.To)).SelectMany(Edges)];

    /// <summary>有几处不用杀，与杀在别处一样：它的下一步只碰自己的内存，或者别的进程刚走的一步与它死不死无关。</summary>
    public int SameKills(IEnumerable<int> states) => states.Sum(state => Kills(state, true).Length - Choices(state).Count(move => move < 0));

    /// <summary>从开头到每个状态有多少个次序；有回路时（例如一直试到成功为止）次序无穷，为 null。</summary>
    /// <param name="steps">要走的每一步。</param>
    public BigInteger[]? Orders((int From, int Move, int To)[] steps)
    {
        ILookup<int, int> next = steps.ToLookup(step => step.From, step => step.To);
        int[] entering = new int[States.Count];
        foreach ((_, _, int to) in steps) entering[to]++;
        var orders = new BigInteger[States.Count];
        var ready = new Queue<int>([0]);
        orders[0] = 1;
        int passed = 0;
        while (ready.TryDequeue(out int state))
        {
            foreach (int to in next[state])
            {
                passed++;
                orders[to] += orders[state];
                if (--entering[to] == 0) ready.Enqueue(to);
            }
        }

        return passed == steps.Length ? orders : null;
    }

    /// <inheritdoc/>
    protected override IEnumerable<int> Choices(int state) => _choices.TryGetValue(state, out int[]? known) ? known : _choices[state] = [.. Choose(state)];

    private IEnumerable<int> Choose(int state) => Kills(state).Concat(Persistent(state)).Where(move => !IsCovered(state, move));

    /// <inheritdoc/>
    protected override bool IsCovered(int state, int move) => (_sleeping.GetValueOrDefault(state) & Bit(move)) != 0;

    /// <inheritdoc/>
    protected override void Arrived(int from, int move, int to)
    {
        if (Learns(from, move, to)) Recompute();
        else if (reduces) Narrow(from, move, to);
    }

    // 这一步让我们知道得多了：语句碰到的比看上去的多，死了有别的变化，或者一圈都只走一个进程。
    private bool Learns(int from, int move, int to) => move < 0
        ? !_killsReach && (_killsReach = (Changed(States[from].Objects, States[to].Objects) & ~Things.Locks) != 0)
        : (SiteOf(from, move) is { } site && Knows(site, Seen(from, move, to))) || (ReturnsTo(from, to) && _whole.Add(from));

    private bool Knows((int Part, int Site) site, Footprint seen)
    {
        Footprint known = _seen.GetValueOrDefault(site, Footprint.Nothing);
        return (_seen[site] = known | seen) != known;
    }

    // 一个次序里至多杀一个；下一步只碰自己的内存的，走完那一步再杀。
    private int[] Kills(int state, bool all = false)
    {
        LaneView[] lanes = States[state].Lanes;
        if (!kills || lanes.Any(l => l is { State: State.Killed, Why: "SIGKILL" })) return [];
        return [.. Enumerable.Range(0, lanes.Length).Where(i => lanes[i].State == State.Asleep || (lanes[i].State == State.Ready && (all || !Of(state, i).IsUnseen))).Select(Move.Kill)];
    }

    // 死了，内核替它关闭描述符、放开锁，告诉父进程；睡着的，就等不到了。有父子的、留下了别的变化的，当作什么都碰。
    private Footprint Death(int state, int lane)
    {
        LaneView[] lanes = States[state].Lanes;
        if (_killsReach || lanes.Length > _parts.Length) return Footprint.Everything;
        return (lanes[lane].State == State.Asleep ? Of(state, lane) : Footprint.Nothing) | Footprint.Ending;
    }

    private Footprint Doing(int state, int move) => move < 0 ? Death(state, ~move) : Of(state, move);

    // 每个进程占两位：放它走，杀死它。
    private static long Bit(int move) => 1L << (move < 0 ? 32 + ~move : move);

    // 从一个状态要走的，其中走过了的。
    private IEnumerable<(int From, int Move, int To)> Edges(int state) =>
        from move in Choices(state) where Next[state].ContainsKey(move) select (state, move, Next[state][move]);

    private int[] Persistent(int state)
    {
        int[] ready = States[state].Ready;
        if (!reduces || _whole.Contains(state)) return ready;
        int alone = Array.FindIndex(ready, lane => IsAlone(state, lane));
        return alone >= 0 ? [ready[alone]] : ready;
    }

    // 别的进程以后不管怎么走，都碰不到这一步碰的。这个进程若还可能被杀，死也不能碰到它们以后碰的；不然，
    // 它们走几步再杀，与现在杀不一样：只有看不出走没走的一步，杀在前面与杀在后面相同。
    private bool IsAlone(int state, int lane)
    {
        Footprint step = Of(state, lane);
        if (step.IsUnseen) return true;
        if (kills && Kills(state, true).Contains(Move.Kill(lane))) step |= Death(state, lane);
        return !Enumerable.Range(0, States[state].Lanes.Length).Any(other => other != lane && step.Conflicts(Future(States[state].Lanes[other])));
    }

    // 从停着的地方起，到结束为止，会碰到什么。
    private Footprint Future(LaneView lane)
    {
        if (lane.State is State.Exited or State.Killed) return Footprint.Nothing;
        if (lane.Site is not { } at) return Footprint.Everything;
        if (_futures.TryGetValue((lane.Part, at), out Footprint? known)) return known;
        Site[] sites = _parts[lane.Part].Sites;
        return _futures[(lane.Part, at)] = Enumerable.Range(0, sites.Length).Where(site => sites[site].Place.Start >= sites[at].Place.From)
            .Aggregate(Footprint.Ending, (all, site) => all | Touches(lane.Part, site));
    }

    private Footprint Touches(int part, int site) => _parts[part].Sites[site].Touches | _seen.GetValueOrDefault((part, site), Footprint.Nothing);

    private (int Part, int Site)? SiteOf(int state, int lane) => States[state].Lanes[lane] is { Site: { } site, Part: var part } ? (part, site) : null;

    // 里面一层走完、离开了函数，外面一层的下半句跟着就走。
    private Footprint Of(int state, int lane)
    {
        if (_footprints.TryGetValue((state, lane), out Footprint? known)) return known;
        LaneView view = States[state].Lanes[lane];
        Footprint all = view.Frames.Length == 0 ? Footprint.Everything : Footprint.Nothing;
        foreach (FrameView frame in view.Frames.Reverse())
        {
            all |= Touches(view.Part, frame.Site);
            if (!_parts[view.Part].Sites[frame.Site].Returns) break;
        }

        return _footprints[(state, lane)] = all;
    }

    // 看源代码看不出来的：这一步结束了进程，关闭了描述符（例如异常离开了 using），或者改了不在它的 Footprint 里的。
    private Footprint Seen(int from, int lane, int to)
    {
        Snapshot before = States[from], after = States[to];
        LaneView was = before.Lanes[lane], now = after.Lanes[lane];
        Footprint known = Of(from, lane);
        bool ends = now.State == State.Exited;
        if (ends) known |= Footprint.Ending;

        // 结束的时候还有登记了的撤销，或者程序自己有收尾的，会删什么看不出来。
        bool cleans = ends && (was.HasUndo || _parts[was.Part].Sources.Any(s => s.Text.Contains("ProcessExit", StringComparison.Ordinal) || s.Text.Contains("Unloading", StringComparison.Ordinal)));
        var others = before.Lanes.Zip(after.Lanes).Where((_, i) => i != lane).ToArray();
        bool wakes = !ends && known.Writes == Things.None && others.Any(o => o.First.State != o.Second.State || o.First.Site != o.Second.Site);
        bool strikes = others.Any(o => o.First.State == State.Ready && o.Second.State != State.Ready);
        bool closes = now.Descriptors.Length < was.Descriptors.Length && !(known.Reads | known.Writes).HasFlag(Things.Locks);
        bool starts = after.Lanes.Length != before.Lanes.Length && !known.Writes.HasFlag(Things.Processes);
        bool changes = (Changed(before.Objects, after.Objects) & ~known.Writes) != Things.None;
        return now.State == State.Killed || cleans || wakes || strikes || closes || starts || changes ? Footprint.Everything : ends ? Footprint.Ending : Footprint.Nothing;
    }

    private static Things Changed(ObjectView[] before, ObjectView[] after)
    {
        static string[] Named(ObjectView[] all, bool semaphores) => [.. all.Where(o => o.IsNamed && o.Kind == "semaphore" == semaphores).Select(o => o.Label)];
        Things changed = Things.None;
        if (!Named(before, true).SequenceEqual(Named(after, true))) changed |= Things.SemaphoreNames;
        if (!Named(before, false).SequenceEqual(Named(after, false))) changed |= Things.Names;

        // 没有名字的，谁也不用了就没有了，同名的编号随之而变：这时不比内容。
        if (!before.Select(o => o.Label).SequenceEqual(after.Select(o => o.Label))) return changed;
        foreach ((ObjectView was, ObjectView now) in before.Zip(after))
        {
            if (was.Value != now.Value) changed |= Things.Counts;
            if (was.Kind == "pipe") changed |= was.Sum != now.Sum || was.Size != now.Size ? Things.Locks : Things.None;
            else if (was.Size != now.Size) changed |= Things.Sizes;
            else if (was.Sum != now.Sum) changed |= Things.Contents;
        }

        return changed;
    }

    // 从 to 起，一路都是只走一个进程的状态，又回到了 from。
    private bool ReturnsTo(int from, int to)
    {
        if (Persistent(from).Length == States[from].Ready.Length) return false;
        var seen = new HashSet<int>();
        for (int at = to; seen.Add(at);)
        {
            if (at == from) return true;
            int[] choice = Persistent(at);
            if (choice.Length != 1 || choice.Length == States[at].Ready.Length || !Next[at].TryGetValue(choice[0], out at)) return false;
        }

        return false;
    }

    // 走过 from → to 之后，在 to 还不必走的：在 from 就不必走的，和排在前面、已经另走一路的；与这一步分得出先后的除外。
    private long Sleeping(int from, int move)
    {
        long already = _sleeping.GetValueOrDefault(from), result = 0;
        int[] chosen = [.. Kills(from), .. Persistent(from)];
        Footprint step = Doing(from, move);

        // 睡着的可能被这一步叫醒，接着走完它那一句。
        for (int i = 0; i < States[from].Lanes.Length; i++)
        {
            if (States[from].Lanes[i].State == State.Asleep && Of(from, i).Conflicts(step)) step |= Of(from, i);
        }

        foreach (int other in Kills(from).Concat(States[from].Ready))
        {
            // 杀排在走之前。同一个进程的两步、杀两个，都换不了位置。
            if (other == move || other == ~move || (other < 0 && move < 0)) continue;
            bool covered = (already & Bit(other)) != 0 || (other < move && chosen.Contains(other));
            if (covered && !step.Conflicts(Doing(from, other))) result |= Bit(other);
        }

        return result;
    }

    private void Narrow(int from, int move, int to)
    {
        // 走过、但后来知道不必走的，不算。
        if (!Choices(from).Contains(move)) return;
        var changed = new Queue<(int From, int Move, int To)>([(from, move, to)]);
        while (changed.TryDequeue(out (int From, int Move, int To) edge))
        {
            long was = _sleeping.GetValueOrDefault(edge.To, -1), now = (edge.To == 0 ? 0 : was) & Sleeping(edge.From, edge.Move);
            if (now == was) continue;
            _sleeping[edge.To] = now;
            _choices.Remove(edge.To);
            foreach (var next in Edges(edge.To)) changed.Enqueue(next);
        }
    }

    // 知道得多了，从头再算。
    private void Recompute()
    {
        _footprints.Clear();
        _futures.Clear();
        _choices.Clear();
        _sleeping.Clear();
        if (!reduces) return;
        _sleeping[0] = 0;
        foreach ((int from, int move, int to) in Edges(0)) Narrow(from, move, to);
    }
}
