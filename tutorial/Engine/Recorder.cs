using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Engine;

/// <summary>走遍每一个次序：每个走得到的状态，都由真实的进程走到过。同一个状态只记一次。</summary>
/// <remarks>
/// 状态里有每个进程的各层调用与局部变量，所以从同一个状态出发，以后也一样；不一样就是有什么没有看到，见 <see cref="Different"/>。
/// 一次演出走到底，尽量多走没走过的边：两个进程各走几十步，状态有几百个，演出只要几十次。
/// 先走切换少的次序：还能走却换别的进程走，算切换一次。状态太多、走不完的时候，少切换几次就遇得到的错已经找到了
/// （M. Musuvathi, S. Qadeer, Iterative Context Bounding for Systematic Testing of Multithreaded Programs, PLDI 2007）。
/// </remarks>
/// <param name="parts">程序。</param>
/// <param name="most">至多记多少个状态；到了就停，<see cref="IsComplete"/> 为 false。</param>
/// <param name="limit">至多走多久。</param>
/// <param name="forks">进程由母进程分叉出来，快得多；描述符的编号与从头启动的不同，给人看的网页不用它。</param>
internal class Recorder(Part[] parts, int most, TimeSpan limit, bool forks = false)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, int> _index = [];
    private readonly HashSet<(int State, int Move)> _claimed = [];
    private readonly Queue<Walk> _ahead = [];
    private readonly List<string[]> _hidden = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _active;
    private bool _hasFailed;

    // 去没有走过的一步，路上的状态都见过，不必看；看漏了什么，到了那里就与见过的不同，从此每一步都看。
    private bool _looks = !Sandbox.IsPrivate;

    /// <summary>全部状态；第一个是开头。</summary>
    public List<Snapshot> States { get; } = [];

    /// <summary>从一个状态放某个进程走一步，到哪个状态。</summary>
    public List<Dictionary<int, int>> Next { get; } = [];

    /// <summary>走了多久。</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>各个进程的编号，第一次看到的。</summary>
    public List<int> Pids { get; } = [];

    /// <summary>映射的地址，同 <see cref="Run.Addresses"/>，第一次看到的。</summary>
    public Dictionary<string, string> Addresses { get; } = [];

    /// <summary>演了几次。</summary>
    public int Runs { get; private set; }

    /// <summary>每个状态的每一步都走过了。</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>没有走完时：切换至多这么多次的次序都走过了；一个也没有走完为 -1。</summary>
    public int Switches => Open().FirstOrDefault()?.Switches - 1 ?? int.MaxValue;

    /// <summary>用几个线程走遍。</summary>
    /// <param name="workers">线程数，同 <see cref="Arena.Enter"/>。</param>
    /// <param name="progress">每演完一次说一声。</param>
    public void Record(int workers, Action progress) => Arena.Enter(
        () =>
        {
            try
            {
                Work(progress);
            }
            catch
            {
                lock (_gate)
                {
                    _hasFailed = true;
                    Monitor.PulseAll(_gate);
                }

                throw;
            }
        },
        workers);

    /// <summary>只走一个次序，走一步记一步；别的没有走，<see cref="IsComplete"/> 为 false。</summary>
    /// <param name="order">接着走哪一步，走过了才问下一步。</param>
    public void Record(Func<Run, IEnumerable<int>> order) => Arena.Enter(() =>
    {
        (IsComplete, Runs) = (false, 1);
        try
        {
            using Run run = Run.Start(parts);
            int state = Arrive(run, null, -1);
            foreach (int move in order(run))
            {
                run.Take(move);
                state = Arrive(run, state, move);
            }
        }
        catch (StartAgainException)
        {
            Record(order);
        }
    });

    /// <summary>每个状态，从开头按广度优先，连同走到它的最短次序；一样短的，取换人最少的，人看得懂。</summary>
    public IEnumerable<Walk> InOrder()
    {
        var queue = new PriorityQueue<Walk, (int, int, int)>([(new Walk(null, -1, 0), default)]);
        var (seen, given) = (new HashSet<(int, int?)>(), new HashSet<int>());
        for (int number = 0; queue.TryDequeue(out Walk? at, out _);)
        {
            int state = at.State!.Value;
            if (!seen.Add((state, at.Last))) continue;
            if (given.Add(state)) yield return at;
            foreach ((int move, int next) in Next[state].OrderBy(e => e.Key))
            {
                var walk = new Walk(at, move, next, move, at.Switches + (at.Last == move ? 0 : 1));
                queue.Enqueue(walk, (walk.Steps, walk.Switches, number++));
            }
        }
    }

    /// <summary>走不动的状态，和一直转下去的（一圈只取一个），连同走到它的最短次序。</summary>
    public IEnumerable<(int State, int[] Moves)> Ends()
    {
        Dictionary<int, int>[] next = Known();
        HashSet<int> ending = Ending(next), told = [];
        foreach (Walk walk in InOrder())
        {
            int state = walk.State!.Value;
            if (States[state].Ready.Length == 0 || (!ending.Contains(state) && !told.Contains(state) && Turns(state, next, told))) yield return (state, walk.Path());
        }
    }

    // 走一步到哪里：走过的；与另一个先后相同而没有走的，先走它、再走来的那一步，到的就是那里。
    private Dictionary<int, int>[] Known()
    {
        Dictionary<int, int>[] all = [.. Next.Select(next => new Dictionary<int, int>(next))];
        for (bool more = true; more;)
        {
            more = false;
            foreach ((Dictionary<int, int> from, int move, int to) in all.SelectMany(from => from.ToArray().Select(step => (from, step.Key, step.Value))))
            {
                foreach (int other in States[to].Ready.Where(lane => !all[to].ContainsKey(lane) && IsCovered(to, lane)))
                    more |= from.TryGetValue(other, out int first) && all[first].TryGetValue(move, out int then) && all[to].TryAdd(other, then);
            }
        }

        return all;
    }

    // 还走得到头的状态；没有走完、不知道走到哪里的，也许走得到。
    private HashSet<int> Ending(Dictionary<int, int>[] next)
    {
        bool IsOpen(int state) => States[state].Ready.Length == 0 || Choices(state).Concat(States[state].Ready.Where(lane => IsCovered(state, lane))).Any(move => !next[state].ContainsKey(move));
        int[] all = [.. Enumerable.Range(0, States.Count)];
        return Reached(all.Where(IsOpen), Backwards(all, next));
    }

    // 从它走得到的，都走得回来：一直转下去。一圈里能走的每个进程都走过。
    private bool Turns(int state, Dictionary<int, int>[] next, HashSet<int> told)
    {
        HashSet<int> circle = Reached([state], at => Onwards(next[at]));
        bool turns = Reached([state], Backwards(circle, next)).Count == circle.Count && circle.SelectMany(at => States[at].Ready).ToHashSet().IsSubsetOf(circle.SelectMany(at => next[at].Keys));
        if (turns) told.UnionWith(circle);
        return turns;
    }

    // 不靠杀死谁。
    private static IEnumerable<int> Onwards(Dictionary<int, int> next) => next.Where(step => step.Key >= 0).Select(step => step.Value);

    private static Func<int, IEnumerable<int>> Backwards(IEnumerable<int> states, Dictionary<int, int>[] next)
    {
        ILookup<int, int> before = states.SelectMany(from => Onwards(next[from]).Select(to => (from, to))).ToLookup(step => step.to, step => step.from);
        return state => before[state];
    }

    /// <summary>从这些状态走得到的，连同它们自己。</summary>
    protected static HashSet<int> Reached(IEnumerable<int> starts, Func<int, IEnumerable<int>> next)
    {
        var reached = new HashSet<int>(starts);
        var queue = new Queue<int>(reached);
        while (queue.TryDequeue(out int at)) foreach (int to in next(at).Where(reached.Add)) queue.Enqueue(to);
        return reached;
    }

    /// <summary>走到哪里了。</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"运行了 {Runs} 次，{States.Count} 个状态，{Next.Sum(next => next.Count)} 步，{Elapsed.TotalSeconds:0.0} 秒");

    /// <summary>从一个状态要走哪几步；少走的，要有理由说明结局不会少。</summary>
    protected virtual IEnumerable<int> Choices(int state) => States[state].Ready;

    /// <summary>这一步不必走：与另一个走过的先后相同。</summary>
    protected virtual bool IsCovered(int state, int move) => false;

    /// <summary>走过了一步。</summary>
    protected virtual void Arrived(int from, int move, int to)
    {
    }

    private void Work(Action progress)
    {
        while (Plan(0, null) is { } plan)
        {
            using (Run run = Run.Start(parts, forks)) Follow(run, plan);
            lock (_gate)
            {
                Runs++;
                progress();
            }
        }
    }

    // 一次演出走到底，尽量多走没走过的边。
    private void Follow(Run run, int[]? plan)
    {
        int? state = Arrive(run, null, -1);
        for (int last = -1; plan != null; plan = state is { } at ? Plan(at, last) : null)
        {
            if (plan is [.., var move]) last = move;
            state = Go(run, state!.Value, plan);
            lock (_gate)
            {
                _active--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // 走一段路，最后一步是没有走过的；到了才知道路上漏看了什么，就是 null：换一次演出再去，从此每一步都看。
    private int? Go(Run run, int from, int[] plan)
    {
        bool looks = _looks;
        int state = from;
        try
        {
            foreach ((int i, int move) in plan.Index())
            {
                bool passes = !looks && i < plan.Length - 2;
                if (!passes && !Move.IsPossible(run.Now, move) && (looks || i == plan.Length - 1)) throw Unlike("走过的路再走一次，这里走不了下一步", state, run, state);
                run.Take(move, looks: !passes);
                if (!passes) state = Arrive(run, state, move);
                else lock (_gate) state = Next[state][move];
            }

            return state;
        }
        catch (Exception e) when (e is StartAgainException || (!looks && e is Different or InvalidOperationException))
        {
            lock (_gate)
            {
                _looks |= e is not StartAgainException;
                _claimed.Remove((plan[..^1].Aggregate(from, (at, move) => Next[at][move]), plan[^1]));
                return null;
            }
        }
    }

    // 走到了一个状态：没见过就记下。
    private int Arrive(Run run, int? from, int move)
    {
        // 没有见过的，或者与上一次到的不同，从 /proc 从头再看一遍：机器很忙的时候，几万次里有一次漏看一个描述符。
        string key = "";
        string[] hidden = [];
        bool isOdd;
        void Look()
        {
            lock (_gate) hidden = from is { } at ? Hidden(at, move, run.Now) : [.. run.Now.Lanes.Select(_ => "")];
            key = Digest(run.Now.Key + string.Join('|', hidden));
        }

        Look();
        lock (_gate) isOdd = !_index.TryGetValue(key, out int seen) || (from is { } was && Next[was].TryGetValue(move, out int before) && before != seen);
        if (isOdd)
        {
            run.LookAgain(from == null ? null : move);
            Look();
        }

        lock (_gate)
        {
            if (!_index.TryGetValue(key, out int state))
            {
                state = States.Count;
                _index[key] = state;
                States.Add(run.Now);
                _hidden.Add(hidden);
                Next.Add([]);
            }

            Pids.AddRange(run.Pids.Skip(Pids.Count));
            foreach ((string which, string address) in run.Addresses) Addresses.TryAdd(which, address);
            if (from is not { } before) return state == 0 ? 0 : throw Unlike("同样的程序，开头却不同", 0, run, 0);
            if (!Next[before].TryAdd(move, state) && Next[before][move] is var known && known != state)
                throw Unlike("同样的次序走两次，看到的不同，有什么没有看到", known, run, before, move);
            Arrived(before, move, state);
            return state;
        }
    }

    // 见过的是 known，这一次看到的从哪里起不同；照走到 from 的次序，再走 moves，就到这里。
    private Different Unlike(string what, int known, Run run, int from, params int[] moves)
    {
        lock (_gate) return new Different($"{what}：{Apart(States[known].Key, run.Now.Key)}") { Moves = [.. InOrder().First(walk => walk.State == from).Path(), .. moves] };
    }

    private static string Apart(string first, string second)
    {
        int at = first.Zip(second).TakeWhile(pair => pair.First == pair.Second).Count();
        string Part(string key) => $"\n  …{key[Math.Max(0, at - 60)..Math.Min(key.Length, at + 120)]}…";
        return at == first.Length && at == second.Length ? "只有放到看不到的地方的不同" : Part(first) + Part(second);
    }

    // 状态可能有几万个，只记摘要。
    private static string Digest(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // 走过一步以后，每个进程往看不到的地方放过什么：在哪里放的，放的时候外面是什么样子。一遍一遍地放同样的，不算又放了一次；里面的会多、会少的才算。
    private string[] Hidden(int from, int move, Snapshot now) => [.. now.Lanes.Select((lane, i) =>
    {
        if (i >= _hidden[from].Length || lane.State is State.Exited or State.Killed) return "";
        string known = _hidden[from][i];
        Snapshot before = States[from];
        LaneView was = before.Lanes[i];
        bool isMover = i == move, isWoken = !isMover && was.State == State.Asleep && lane.State != State.Asleep;
        if (!isMover && !isWoken) return known;

        // 被叫醒的：它做完那一句的时候是什么样子，没有停下来看；谁怎样叫醒它的，就怎样。
        string woken = isWoken ? $"{move}{before.Key}{known}" : "";
        FrameView[] frames = was.Frames;
        bool reaches = true;
        foreach ((int depth, FrameView frame) in frames.Index().Reverse())
        {
            // 外面一层的，里面的返回了才做完。
            Site site = parts[lane.Part].Sites[frame.Site];
            bool isDone = depth == frames.Length - 1 || lane.Frames.Length <= depth + 1 || lane.Frames[depth].Site != frame.Site;
            string own = string.Concat(frames[depth..].Select(was.Own));
            if (isDone && site.Hides is { } kinds) known = Added(known, $" {frame.Site}:", (isWoken ? woken : before.Of(kinds)) + own, kinds.HasFlag(Hiding.Counting));

            // 一句做到一半，睡着了，或者里面的返回了、又调用下一个：前一半得到的还拿着。做完了就放下。
            bool isHeld = site.Holds != null && (lane.State == State.Asleep ? reaches : !isDone && Returned(lane, frames[depth + 1], lane.Frames[depth + 1]));
            reaches &= site.Returns;
            if (!isHeld && isDone) known = Without(known, $" ~{depth}:");
            else if (isHeld) known = Holding(known, $" ~{depth}:", woken + before.Of(site.Holds!.Value) + own);
        }

        return known;
    })];

    private bool Returned(LaneView lane, FrameView before, FrameView now) =>
        parts[lane.Part].Sites is var sites && sites[before.Site].Returns && (before.Function != now.Function || sites[now.Site].IsFirst);

    // 每一处最后一次放的，和全部先后放过的摘要。
    private static string Added(string known, string where, string seen, bool counts)
    {
        string last = where + Digest(seen)[..16];
        return !counts && known.Contains(last, StringComparison.Ordinal) ? known : Joined(Digest(known + last)[..16], Others(known, where).Append(last));
    }

    // 拿着的，放下了就与没有拿过一样。
    private static string Holding(string known, string where, string seen) =>
        where + Digest(seen)[..16] is var held && known.Contains(held, StringComparison.Ordinal) ? known : Joined(Head(known), Others(known).Append(held));

    private static string Without(string known, string where) => Joined(Head(known), Others(known, where));

    // 写成一个摘要，后面是各处的，每处前面一个空格。
    private static string Joined(string head, IEnumerable<string> entries) => head + string.Concat(entries.Order(StringComparer.Ordinal));

    private static string Head(string known) => known.Split(' ')[0];

    private static IEnumerable<string> Others(string known, string? where = null) =>
        known.Split(' ').Skip(1).Select(one => ' ' + one).Where(one => where == null || !one.StartsWith(where, StringComparison.Ordinal));

    // 从一个状态起，走到最近的一条没有走过的边，连同那条边；没有了为 null。刚走的是 last，一次演出的开头是 null。
    private int[]? Plan(int from, int? last)
    {
        lock (_gate)
        {
            while (!_hasFailed)
            {
                bool over = States.Count > 0 && (States.Count >= most || Elapsed > limit);
                if (!over && Nearest(from, last) is { } path)
                {
                    _active++;
                    return path;
                }

                if (over) IsComplete = false;
                if (over || last != null || _active == 0) return null;

                // 别的线程正在走，也许会走出新的边。
                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    // 一次演出里，附近有就接着走；另演一次，先把切换最少的都演过。
    private int[]? Nearest(int from, int? last)
    {
        // 开头还没有人看过：先去一个，别的线程等着。
        if (States.Count == 0) return _active == 0 ? [] : null;
        if (last != null) return Onward(from)?.Path();
        while (true)
        {
            while (_ahead.TryDequeue(out Walk? walk))
            {
                if (Choices(walk.From).Contains(walk.Move) && Claim(walk)) return walk.Path();
            }

            int? fewest = null;
            foreach (Walk walk in Open().Where(walk => !_claimed.Contains((walk.From, walk.Move))).TakeWhile(walk => walk.Switches == (fewest ??= walk.Switches))) _ahead.Enqueue(walk);
            if (fewest == null) return null;
        }
    }

    private bool Claim(Walk walk) => _claimed.Add((walk.From, walk.Move));

    // 接着走：前面最近的一条没有走过的边。再远也比重演一次快，启动三个进程要两百毫秒的 CPU。
    private Walk? Onward(int from)
    {
        var queue = new Queue<Walk>([new Walk(null, -1, from)]);
        var seen = new HashSet<int> { from };
        while (queue.TryDequeue(out Walk? at))
        {
            foreach (int move in Choices(at.State!.Value))
            {
                var walk = new Walk(at, move, Next[at.State.Value].TryGetValue(move, out int to) ? to : null);
                if (walk.State == null && Claim(walk)) return walk;
                if (walk.State != null && seen.Add(to)) queue.Enqueue(walk);
            }
        }

        return null;
    }

    // 从开头走得到的、还没有走过的边，切换少的在前，一样的短的在前。
    private IEnumerable<Walk> Open()
    {
        var queue = new PriorityQueue<Walk, (int, int)>([(new Walk(null, -1, 0), (0, 0))]);
        var seen = new HashSet<(int, int?)>();
        while (queue.TryDequeue(out Walk? at, out _))
        {
            if (at.State is not { } state)
            {
                yield return at;
                continue;
            }

            if (!seen.Add((state, at.Last))) continue;
            int[] choices = [.. Choices(state)];

            // 只有一步可走的，不是谁挑的：不算切换，原来的进程接着走也不算。
            bool canStay = at.Last is { } who && States[state].Ready.Contains(who), isForced = choices.Count(move => move >= 0) == 1;
            foreach (int move in choices)
            {
                bool stays = canStay && isForced && move >= 0;
                int switches = at.Switches + (canStay && !stays && move != at.Last ? 1 : 0);
                queue.Enqueue(new Walk(at, move, Next[state].TryGetValue(move, out int to) ? to : null, stays ? at.Last : move, switches), (switches, at.Steps + 1));
            }
        }
    }

    /// <summary>一条路。</summary>
    /// <param name="Before">前面的一段；null 是还没有走。</param>
    /// <param name="Move">走的一步。</param>
    /// <param name="State">到了哪个状态；没有走过为 null。</param>
    /// <param name="Last">接着走谁不算切换。</param>
    /// <param name="Switches">一共切换几次。</param>
    internal sealed record Walk(Walk? Before, int Move, int? State, int? Last = null, int Switches = 0)
    {
        /// <summary>一共几步。</summary>
        public int Steps { get; } = Before == null ? 0 : Before.Steps + 1;

        public int From => Before!.State!.Value;

        public int[] Path()
        {
            int[] path = new int[Steps];
            for (Walk at = this; at.Before != null; at = at.Before) path[at.Steps - 1] = at.Move;
            return path;
        }
    }
}

/// <summary>同样的次序，看到的却不同；或者与录下的不同。</summary>
internal sealed class Different(string message) : Exception(message)
{
    /// <summary>照这个次序走到的；不是在走遍的时候为空。</summary>
    public int[] Moves { get; init; } = [];
}
