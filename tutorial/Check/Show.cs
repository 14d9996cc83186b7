using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Engine;
using static Posix.Libc;

namespace Check;

/// <summary>学生的程序在舞台上走一次：几个进程，一次只放一个走一步，次序由检查器决定。编号 0 是最先的，之后按出现的次序。</summary>
/// <remarks>与 tutorial/Stage 同一个引擎：这里走的次序，那里照样走得出来。</remarks>
internal sealed class Show : IDisposable
{
    // 走了这么多步，别的进程看不到任何变化：它在一遍一遍地问。
    private const int Asking = 24;

    // 睡着的时候说了至多睡多久：等它自己醒。
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(6);

    private readonly Part _part;
    private readonly Run _run;
    private readonly StringBuilder _order = new();
    private (int Lane, int Steps) _last = (-1, 0);

    /// <summary>启动，停在第一条语句之前。</summary>
    /// <param name="part">程序和参数。</param>
    /// <param name="within">也停在一条语句的中间：条件看过了，还没有动手；值算好了，还没有写入。</param>
    public Show(Part part, bool within)
    {
        _part = part;
        Environment.SetEnvironmentVariable("JUDGE_STOPS", within ? "1" : null);
        _run = Run.Start([part], idleAfter: TimeSpan.FromSeconds(0.7), patience: TimeSpan.FromSeconds(0.5));
        Environment.SetEnvironmentVariable("JUDGE_STOPS", null);
    }

    /// <summary>有几个进程。</summary>
    public int Count => _run.Now.Lanes.Length;

    /// <summary>在舞台上看到的全部。</summary>
    public Snapshot Now => _run.Now;

    /// <summary>一个进程结束了。</summary>
    public bool HasEnded(int lane) => _run.Now.Lanes[lane].State is State.Exited or State.Killed;

    /// <summary>一个进程还能走：没有结束，也没有睡着。</summary>
    public bool CanGo(int lane) => _run.Now.Ready.Contains(lane);

    /// <summary>一个进程打印了什么（不含标准错误）。</summary>
    public string Printed(int lane) => string.Concat(_run.Now.Lanes[lane].Output.Where(o => !o.IsError).Select(o => o.Text));

    /// <summary>全部进程打印了什么。另起线程的，说不准是谁打印的，所以看全部。</summary>
    public string PrintedByAll => string.Concat(Enumerable.Range(0, Count).Select(Printed));

    /// <summary>怎样称呼一个进程。</summary>
    public string Who(int lane)
    {
        string title = _run.Now.Lanes[lane].Title;
        return lane == 0 ? "父进程" : Role(lane) is { Length: > 0 } role && role != "child" ? $"{role} 进程" : title == "" ? "子进程" : Count > 2 ? $"子进程 {(char)('A' + lane)}" : "子进程";
    }

    /// <summary>一个进程的角色：它的第一个参数；最先的进程没有。</summary>
    public string Role(int lane) => lane == 0 ? "" : _run.Now.Lanes[lane].Title.Split(' ', 3) is [_, var role, ..] ? role : "";

    /// <summary>走一步。</summary>
    /// <returns>走了；睡着或结束了不能走。</returns>
    public bool Step(int lane)
    {
        if (!CanGo(lane)) return false;
        Note(lane);
        _run.Take(lane);
        return true;
    }

    /// <summary>走到不能再走：结束了，睡着了，或者一遍一遍地问着，等别人。</summary>
    /// <param name="lane">哪个进程。</param>
    /// <param name="until">到了这里也停。</param>
    public void Far(int lane, Func<bool>? until = null)
    {
        string before = "";
        for (int same = 0; same < Asking && until?.Invoke() != true;)
        {
            if (!Step(lane) && !Wakes(lane)) return;
            string now = Visible(lane);
            same = now == before ? same + 1 : 0;
            before = now;
        }
    }

    /// <summary>轮流走，一人一步，到谁也不能走，或者都在一遍一遍地问。</summary>
    /// <param name="each">每走一步之后看一眼：走的是哪一个。</param>
    public void InTurn(Action<int>? each = null)
    {
        string before = "";
        for (int same = 0; same < Asking * 2;)
        {
            bool moved = false;
            for (int lane = 0; lane < Count; lane++)
            {
                if (!Step(lane)) continue;
                moved = true;
                each?.Invoke(lane);
            }

            if (!moved && !Enumerable.Range(0, Count).Any(Wakes)) return;
            string now = string.Concat(Enumerable.Range(0, Count).Select(Visible));
            same = now == before ? same + 1 : 0;
            before = now;
        }
    }

    /// <summary>检查器自己做了什么之后，再看一遍：谁被叫醒了。</summary>
    public void Again() => _run.Again();

    /// <summary>杀死一个进程（SIGKILL）。</summary>
    public void Kill(int lane)
    {
        Note(~lane);
        _run.Take(Move.Kill(lane));
    }

    /// <summary>最先的进程往下走，到它启动的进程都来了，或者它不能再走；它们停在自己的第一条语句之前。</summary>
    /// <param name="count">等几个进程来。</param>
    /// <param name="expected">应当怎样。</param>
    public void UntilChildren(int count, string expected)
    {
        Far(0, () => Count > count);
        if (Count <= count && HasEnded(0)) throw Refuse(expected, $"{Said(0)}，{(Count == 1 ? "没有启动子进程" : $"只启动了 {Count - 1} 个子进程")}");
    }

    /// <summary>一个角色的进程是第几个；没有是 -1。</summary>
    public int Find(string role) => Enumerable.Range(0, Count).FirstOrDefault(lane => Role(lane) == role, -1);

    /// <summary>还活着的进程拿着的全部共享对象。</summary>
    public List<SharedObject> Objects() => SharedObject.Of(_run.Pids.Where((_, lane) => !HasEnded(lane)).Select(pid => new Peer(pid)));

    /// <summary>第几个进程，从外面看。</summary>
    public Peer Peer(int lane) => new(_run.Pids[lane]);

    /// <summary>全部走完；还有名字就是留下的。</summary>
    public string[] Left() => [.. _run.Now.Objects.Where(o => o.IsNamed).Select(o => $"{(o.Kind == "semaphore" ? "信号量" : o.Kind == "object" ? "共享内存对象" : "文件")} {o.Label}")];

    /// <summary>怎样结束的，说了什么。</summary>
    public string Said(int lane)
    {
        LaneView view = _run.Now.Lanes[lane];
        string how = view.State switch
        {
            State.Exited => view.Why == "0" ? "正常结束" : $"以退出码 {view.Why} 结束",
            State.Killed => $"死于 {view.Why}",
            State.Asleep => $"睡着等（{view.Why}）",
            State.Running => "一直在运行",
            _ => "还没有结束",
        };
        string output = Ending.Clean(string.Concat(view.Output.Select(o => o.Text)));
        return $"{Who(lane)}{how}，{(output == "" ? "什么也没有打印" : $"打印了「{output}」")}";
    }

    /// <summary>不通过：连同走的次序，和在舞台上看它的命令。</summary>
    /// <param name="expected">应当怎样。</param>
    /// <param name="seen">看到了什么。</param>
    public Rejected Refuse(string expected, string seen) => new(expected, $"{seen}。在舞台上照这个次序看：{Command()}");

    public void Dispose() => _run.Dispose();

    private string Command()
    {
        string[] args = [.. _part.Args.Select(a => Regex.Replace(a, "^/check-[0-9a-f]+-", "/stage-"))];
        return $"dotnet run --project tutorial/Stage -- {string.Join(' ', args.Prepend(_part.Label))} --order '{_order}{One()}'";
    }

    /// <summary>睡着的：说了至多睡多久的，等到那时候，看它醒不醒。</summary>
    public bool Wakes(int lane)
    {
        if (_run.Now.Lanes[lane].State is not State.Asleep and not State.Running) return false;
        var clock = Stopwatch.StartNew();
        bool timed = false;
        while (clock.Elapsed < Longest && !HasEnded(lane) && (timed || _run.Now.Lanes[lane].State == State.Running || Peer(lane).IsSleepingForATime))
        {
            timed = true;
            Thread.Sleep(50);
            _run.Again();
            if (CanGo(lane)) return true;
            if (_run.Now.Lanes[lane].State == State.Running) return false;
        }

        return false;
    }

    // 走一步之后，别的进程看得到的：共享的东西，打印了什么，有谁，各在做什么。
    private string Visible(int lane) => string.Join('\n', _run.Now.Objects.Select(o => $"{o.Label} {o.IsNamed} {o.Size} {o.Sum} {o.Value}"))
        + string.Join('\n', _run.Now.Lanes.Select((l, i) => $"{l.State} {(i == lane ? l.Output.Length : l.Site)}"));

    private void Note(int move)
    {
        if (move == _last.Lane && move >= 0) _last.Steps++;
        else
        {
            _order.Append(One());
            _last = (move, 1);
        }
    }

    private string One() => _last switch
    {
        (_, 0) => "",
        ( < 0, _) => $"!{(char)('A' + ~_last.Lane)}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{(char)('A' + _last.Lane)}{_last.Steps}"),
    };
}
