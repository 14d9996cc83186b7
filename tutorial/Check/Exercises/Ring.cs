namespace Check.Exercises;

/// <summary>12、19：一个或两个生产者、一个消费者、八个格子。</summary>
/// <param name="producers">几个生产者；值平分给它们。</param>
internal sealed class Ring(Trial trial, int producers)
{
    private const int Slots = 8;
    private Show _show = null!;
    private string _name = "";
    private int[] _values = [], _makers = [];
    private int _consumer;

    public void Check()
    {
        int tried = 0;
        Ring Of(Trial own) => new(own, producers);
        if (trial.Fail("父进程", "ftruncate", ENOSPC, Trial.Name(), "1", "2") is { Left.Length: > 0 } failed) throw new Rejected("一个调用失败，也什么都不留", failed.Describe(), Result.LeftBehind);
        trial.Scenes([own => Of(own).ProducersFirst(12), own => Of(own).ProducersFirst(6), own => Of(own).ConsumerFirst(), own => Of(own).Midway(), own => Of(own).Patient(full: false), own => Of(own).Patient(full: true),
            .. Trial.Places((own, place) => producers == 2 && Of(own).Stopped(place, ref tried)),
            // 走不到头的，在舞台上说得出为什么，不必等一分钟：整个运行在后。
            own => Of(own).Whole(20), own => Of(own).Whole(300)]);
    }

    private void Whole(int count)
    {
        (_name, _values) = (Trial.Name(), Fresh(count));
        _values[^1] = _values[^2]; // 接连两个一样的，也都要
        Ending ending = trial.Run([_name, .. _values.Select(v => $"{v}")]);
        string? wrong = ending.Status == 0 ? Wrong(ending.Output) : null;
        ending.Must($"消费者取出全部 {count} 个值，{(producers == 1 ? "" : "每个生产者的")}次序不变", wrong == null, wrong == null ? "" : $"；{wrong}");
    }

    private static int[] Fresh(int count) => [.. Enumerable.Range(0, count).Select(i => i % 3 == 1 ? -Trial.Fresh() : Trial.Fresh())];

    // special：每个生产者放过第一个，还放这几个；它们也是值，不是空着，也不是放完了。
    private void Start(int count, bool within = false, params string[] special)
    {
        (_name, _values) = (Trial.Name(), Fresh(count));
        _show = trial.Stage([_name, .. _values.Chunk(count / producers).SelectMany(part => (string[])[$"{part[0]}", .. special, .. part[1..].Select(v => $"{v}")])], children: producers + 1, within);
        (_makers, _consumer) = (_show.All("producer"), _show.All("consumer").FirstOrDefault(-1));
        if (_consumer < 0 || _makers.Length != producers) throw _show.Refuse($"启动 {producers} 个生产者和一个消费者", $"来的是 {string.Join('、', Enumerable.Range(1, _show.Count - 1).Select(_show.Who))}");
    }

    // 生产者每次都走到不能再走，消费者才走一步：放得太早的，覆盖还没有取走的；装得下的，放完就走。换掉其中一格，消费者应当取到换过的。
    private void ProducersFirst(int count)
    {
        Start(count);
        int all = Math.Min(count, Slots);
        using SharedObject? shared = SharedObject.Open("/dev/shm" + _name);
        int[] Present() => shared == null ? [] : [.. _values.Where(shared.Holds)];
        for (int i = 0; i < 20 && Present() is []; i++) _show.Far(_makers[0], () => Present() is [_, ..]); // 放之前，也许在自己的内存里走许多步
        _show.Far(_makers[0]);
        if (producers == 2 && (Present() is [] || Present().Length > _values.Length / 2)) throw _show.Refuse("两个生产者各放一半", $"只有第一个生产者走，放了 {Present().Length} 个，一共 {_values.Length} 个");
        int[] present;
        for (int before = 0; (present = Present()).Length > before; before = present.Length) Array.ForEach(_makers, maker => _show.Far(maker));
        bool waits = present.Length < all && present.SequenceEqual(_values.Take(present.Length)) && !_makers.All(_show.HasEnded);
        if (present.Length != all || (producers == 1 && !present.SequenceEqual(_values.Take(all)))) throw _show.Refuse($"消费者停着，{count} 个值，生产者放进 {all} 个{(count > all ? "，然后等" : "")}", "消费者一步也没有走，" + (
            present.Length > Slots ? $"内存里有 {present.Length} 个值：不止 {Slots} 格"
            : _show.HasEnded(_makers[0]) && present.Length < Math.Min(all, _values.Length / producers) ? _show.Said(_makers[0])
            : waits ? $"生产者只放了 {present.Length} 个就停下来等，格子却有 {Slots} 个"
            : $"内存里是第 {string.Join('、', present.Select(v => Array.IndexOf(_values, v) + 1))} 个值：还没有取走的被覆盖了，没有取到的就丢了"));
        int other = Trial.Fresh(), at = Array.IndexOf(_values, present[3]);
        shared!.Replace(_values[at], other);
        _values[at] = other;
        while (_show.Step(_consumer)) Array.ForEach(_makers, maker => _show.Far(maker));
        MustEnd($"消费者每走一步，生产者就走到不能再走，消费者取出的仍是全部 {_values.Length} 个（趁它们停着，第 {at + 1} 个换成了 {other}）");
    }

    // 消费者每次都走到不能再走，生产者才走一步：取得太早的，取到还没有放的。
    private void ConsumerFirst()
    {
        Start(4, special: ["0", "-1", $"{int.MinValue}"]);
        _show.Far(_consumer);
        if (_show.Printed(_consumer) != "" || _show.HasEnded(_consumer)) throw _show.Refuse("什么也没有，消费者就等", $"生产者一步也没有走，{_show.Said(_consumer)}");
        while (_show.Step(_makers[0])) _show.Far(_consumer);
        MustEnd($"生产者每走一步，消费者就走到不能再走，取出的仍是全部 {_values.Length} 个，还有 0、-1 和最小的 int");
    }

    // 满了，或者空着，一遍一遍地问的：对方一直不来。
    private void Patient(bool full)
    {
        Start(producers, special: [.. Enumerable.Repeat("0", 12)]);
        int[] waiting = full ? _makers : [_consumer];
        Array.ForEach(waiting, lane => _show.Far(lane));
        if (full) _show.Far(_consumer, () => _show.Printed(_consumer) != "");
        if (full) Array.ForEach(_makers, lane => _show.Far(lane));
        if (waiting.All(_show.HasEnded)) throw _show.Refuse(full ? $"值是 0 的也占一格：消费者取走一个就停着，有 {Slots} 个没有取走，就等" : "什么也没有，消费者就等", full ? _show.Said(waiting[0]) : $"{_show.Said(waiting[0])}，生产者一步也没有走");
        _show.MustBePatient(waiting[^1]);
    }

    // 第一个生产者放过一个，停在放第二个之前的一处，第二个走到不能再走，消费者还没有来，然后一人一步：拿着旧的下标，就会覆盖第二个放的。
    private bool Stopped(int place, ref int tried)
    {
        Start(2, special: "0");
        using SharedObject? shared = SharedObject.Open("/dev/shm" + _name);
        _show.Far(_makers[0], () => shared?.Holds(_values[0]) == true);
        if (_show.Reach(_makers[0], place) is not { } stopped) return false;
        _show.Far(_makers[1]);
        if (_show.CanGo(_makers[1]) && Interlocked.Exchange(ref tried, 1) == 0) return _show.MustBePatient(_makers[1]) && Stopped(place, ref tried);
        MustEnd($"第一个生产者{stopped}，第二个走到不能再走，消费者停着，然后一人一步：消费者一个不差地取出来");
        return true;
    }

    // 一场里，第一个生产者停遍放一个值的每一处，消费者走到不能再走：取到的都是放好的，一个不差。
    // 只有一个的，放到第八个才停：在那之前看过、算过的，都旧了。有两个的，取满一圈才停，另一个也放：领了格子还没有放，那一格里是上一圈的。
    private void Midway()
    {
        bool isAlone = producers == 1;
        if (isAlone && trial.HasThreads) return; // 走一步，别的线程可能走了许多步
        Start(isAlone ? 64 : 120, within: isAlone);
        using SharedObject? shared = SharedObject.Open("/dev/shm" + _name);
        int Taken() => _show.Output.Count(c => c == '\n');
        if (!isAlone) _show.InTurn(until: () => Taken() >= Slots);
        for (int place = 0; place < 9; place++)
        {
            int eighth = Math.Min(_values.Length, Taken() + Slots) - 1;
            _show.Far(isAlone ? _makers[0] : _consumer, () => isAlone && shared?.Holds(_values[eighth]) == true);
            string? stopped = _show.Reach(_makers[0], isAlone ? place : 1);
            if (!isAlone) _show.Far(_makers[1]);
            _show.Far(_consumer);
            if (Wrong(_show.Output, toTheEnd: false) is { } wrong) throw _show.Refuse($"{(isAlone ? "放到第八个" : "取满一圈以后")}，第一个生产者{stopped ?? "走到不能再走"}，消费者走到不能再走：取到的都是放好的，一个不差", wrong);
            if (stopped == null) break;
        }

        if (isAlone && !_show.HasEnded(0) && !_show.Lanes.Any(lane => lane.State == State.Ready)) throw _show.Refuse("生产者放到第八个，停在哪里都走得下去", $"谁也走不下去了：{_show.Said()}");
    }

    private void MustEnd(string expected)
    {
        _show.InTurn();
        if (!_show.HasEnded(0)) throw _show.Refuse(expected, $"走不完：{_show.Said()}");
        if (Wrong(_show.Output) is { } wrong) throw _show.Refuse(expected, wrong);
        _show.LeaveNothing();
    }

    // 每个生产者的值，取到的与放的逐个对照；对得上为 null。
    private string? Wrong(string output, bool toTheEnd = true)
    {
        int[] printed = [.. Regex.Matches(output, "(?<![0-9])-?[0-9]{9}(?![0-9])").Select(m => int.Parse(m.Value, null)).Select(v => v < 0 && _values.Contains(-v) ? -v : v)], missing = [.. _values.Except(printed)];
        string counts = $"九位数的值，放了 {_values.Length} 个，取到 {printed.Length} 个{(missing.Length > 0 ? $"，没有取到的有 {missing.Length} 个（{missing[0]} …）" : "")}";
        foreach (int[] part in _values.Chunk(_values.Length / producers))
        {
            int[] taken = producers == 1 ? printed : [.. printed.Where(part.Contains)];
            int at = part.Zip(taken).TakeWhile(p => p.First == p.Second).Count();
            if (at == taken.Length && at < part.Length && toTheEnd) return counts;
            if (at == taken.Length) continue;
            string was = Array.IndexOf(part, taken[at]) is >= 0 and int nth ? $"（第 {nth + 1} 个）" : "";
            return $"{counts}；第 {at + 1} 个应当是 {(at < part.Length ? part[at] : "没有了")}，取到的是 {taken[at]}{was}";
        }

        return printed.Length == _values.Length || !toTheEnd ? null : counts;
    }
}
