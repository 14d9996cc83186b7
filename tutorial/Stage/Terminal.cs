using Engine;
using Spectre.Console;

namespace Stage;

/// <summary>在终端里演：一个键走一步；输出不是终端时照次序走完，每一步写几行。</summary>
/// <param name="again">照一个次序再走一遍的命令，不含次序。</param>
internal sealed class Terminal(Scene scene, Part[] parts, string again) : IDisposable
{
    private readonly List<int> _taken = [];
    private readonly List<string> _told = [];
    private Run _run = Run.Start(parts);
    private Snapshot? _before;
    private string _said = "";

    // 推荐的次序，指着下一步；走完了、走偏了是 null。
    private IEnumerator<int>? _script;

    /// <param name="order">先照这个次序走；null 是从头开始，由读者走。</param>
    public void Play(string? order)
    {
        Begin();
        if (Console.IsInputRedirected || Console.IsOutputRedirected) Print(order ?? scene.Script);
        else Interact(order ?? "");
    }

    public void Dispose() => _run.Dispose();

    private Words Words => new(parts, _run.Pids, _run.Addresses);
    private string Ended => _run.Now.Ready.Length > 0 ? "还可以走下去。"
        : $"{(_run.Now.Lanes.All(lane => lane.State is State.Exited or State.Killed) ? "都结束了" : "走不动了")}：{Words.Plain(Ending.Describe(scene, parts, _run.Now).Text)}。";

    private void Step(int move)
    {
        _before = _run.Now;
        try
        {
            _run.Take(move);
        }
        catch (StartAgainException)
        {
            Replay([.. _taken, move]);
            return;
        }

        _taken.Add(move);
        _told.Add(Tell());
        if (_script?.Current != move || !_script.MoveNext()) _script = null;
    }

    private void Begin()
    {
        _before = null;
        _taken.Clear();
        _told.Clear();
        _told.Add(Tell());
        _script = Following(scene.Script).GetEnumerator();
        if (!_script.MoveNext()) _script = null;
    }

    private IEnumerable<int> Following(string order) => Order.Follow(order, () => _run.Now, parts);

    private void Print(string order)
    {
        Console.WriteLine($"{scene.Key} {scene.Title}\n\n{_told[0]}");
        foreach (int move in Following(order))
        {
            Step(move);
            Console.WriteLine('\n' + _told[^1]);
        }

        Console.WriteLine($"次序 {Order.Write(_taken)}。{Ended}");
    }

    // 刚走的一步：走了什么，改变了什么，各个进程和共享的东西怎样了。
    private string Tell()
    {
        Words words = Words;
        Snapshot now = _run.Now;
        return string.Join('\n',
        [
            _before == null ? "开头" : $"第 {_taken.Count} 步 {words.Taken(_before, _taken[^1])}",
            .. words.Changes(_before, now).Select(change => $"  * {change}"),
            .. now.Lanes.Select((lane, i) => $"  {Words.Letter(i)} {words.Plain(lane.Title)}（{_run.Pids[i]}）{words.StateOf(lane)}  {words.Statement(lane)}"),
            .. now.Objects.SelectMany(o => Folded($"    {words.Plain(Words.Line(o, now))}", 100)),
        ]);
    }

    private void Interact(string order)
    {
        foreach (int move in Following(order)) Step(move);
        while (true)
        {
            Draw();
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            _said = "";
            int lane = key.Key == ConsoleKey.Enter ? _script?.Current ?? _run.Now.Ready.FirstOrDefault(-1) : char.ToUpperInvariant(key.KeyChar) - 'A';
            if (key.Key == ConsoleKey.Backspace) Replay([.. _taken.SkipLast(1)]);
            else if (key.KeyChar is 'q' or '\x1b') break;
            else if (key.KeyChar == 's') Save();
            else if (_run.Now.Ready.Contains(lane)) Step(lane);
            else if (key.Key == ConsoleKey.Enter) _said = Ended;
            else if (lane >= 0 && lane < _run.Now.Lanes.Length) _said = $"{Words.Letter(lane)} 现在不能走：{Words.StateOf(_run.Now.Lanes[lane])}。";
        }

        Console.WriteLine();
    }

    // 真实的进程退不回去：照同样的次序重新演一遍。
    private void Replay(int[] moves)
    {
        _run.Dispose();
        _run = Run.Start(parts);
        Begin();
        foreach (int move in moves) Step(move);
    }

    private void Save()
    {
        string order = Order.Write(_taken), file = $"stage-{Path.GetFileNameWithoutExtension(scene.Key)}-{order}.txt";
        try
        {
            File.WriteAllText(file, $"{scene.Key} {scene.Title}\n再走一遍：{again} --order '{order}'\n\n{string.Join("\n\n", _told)}\n");
            _said = $"存到了 {file}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _said = $"存不了 {file}：{e.Message}";
        }
    }

    // 100 列 30 行够用：上面是各个进程，下面是共享的东西和这一步改变了什么。
    private void Draw()
    {
        Words words = Words;
        Snapshot now = _run.Now;
        int height = Math.Max(24, Console.WindowHeight), columns = Math.Max(80, Console.WindowWidth) - 2, width = (columns + 2) / now.Lanes.Length - 4;
        string[] below =
        [
            .. _before == null ? (string[])[] : [words.Taken(_before, _taken[^1])],
            .. now.Objects.SelectMany(o => Folded((_before?.Objects.Contains(o) != false ? "  " : "* ") + words.Plain(Words.Line(o, now)), columns)),
            .. words.Changes(_before, now).Where(c => !now.Objects.Any(o => c.Contains(o.Label + "：", StringComparison.Ordinal))).Select(c => "* " + c),
        ];
        int room = Math.Clamp(below.Length, 3, height / 3);

        var sides = new Grid { Expand = true };
        foreach (LaneView _ in now.Lanes) sides.AddColumn(new GridColumn().NoWrap().Padding(0, 0, 0, 0));
        sides.AddRow([.. now.Lanes.Select((lane, i) => new Panel(new Text(string.Join('\n', Side(words, lane, height - room - 11, width))))
        {
            Header = new PanelHeader(Markup.Escape($" {Words.Letter(i)} {Cut(words.Plain(lane.Title), width - 4)} ")),
            Expand = true,
            BorderStyle = new Style(_taken.Count > 0 && _taken[^1] == i ? Color.Yellow : lane.State == State.Ready ? Color.Green : Color.Grey),
        })]);

        Console.Write("\x1b[H\x1b[2J");
        AnsiConsole.WriteLine($"{scene.Key} {scene.Title}   第 {_taken.Count} 步   {Order.Write(_taken)}");
        AnsiConsole.Write(sides);
        foreach (string line in below.Take(room).Append(_said != "" || now.Ready.Length > 0 ? _said : Ended)) AnsiConsole.WriteLine(Cut(line, columns));
        string keys = string.Concat(now.Ready.Select(lane => $"{char.ToLowerInvariant(Words.Letter(lane))} 让 {Words.Letter(lane)} 走、"));
        AnsiConsole.Write(new Text($"{keys}回车{(_script != null ? "照推荐的次序" : "走一步")}、退格后退、s 存下、q 退出", new Style(decoration: Decoration.Bold)));
    }

    private static IEnumerable<string> Side(Words words, LaneView lane, int height, int width)
    {
        yield return Cut(words.StateOf(lane), width);
        string[] lines = words.Lines(lane);
        (int current, int end) = words.SiteOf(lane) is { } site ? (site.Line, site.EndLine) : (0, 0);
        int from = Math.Clamp(current - (height / 2), 0, Math.Max(0, lines.Length - height));
        for (int n = from; n < from + height; n++)
        {
            string line = lane.Frames.Length > 0 && n < lines.Length ? lines[n].TrimEnd() : "";
            yield return Cut($"{(n + 1 >= current && n + 1 <= end && line != "" ? lane.State == State.Asleep ? "z" : ">" : " ")}{(line == "" ? "" : $"{n + 1,3} {line}")}", width);
        }

        yield return Cut(string.Join(' ', lane.Frames.LastOrDefault()?.Variables.Where(v => v.Name != "args").TakeLast(4).Select(v => $"{v.Name}={words.Plain(v.Value)}") ?? []), width);
        yield return Cut(words.Plain(string.Concat(lane.Output.Select(o => o.Text)).TrimEnd().Split('\n')[^1]), width);
    }

    // 一行写不下的内容，后面的整数另起一行。
    private static string[] Folded(string line, int width) =>
        Cut(line, width) != line && line.IndexOf("，+", StringComparison.Ordinal) is > 0 and var at ? [line[..(at + 1)], "      " + line[(at + 1)..]] : [line];

    // 太宽就截短；中文占两列。
    private static string Cut(string text, int width)
    {
        if (text.GetCellWidth() <= width) return text;
        while (text.GetCellWidth() >= width && text != "") text = text[..^1];
        return text + "…";
    }
}
