using System.Globalization;
using Engine;
using Spectre.Console;

namespace Stage;

/// <summary>在终端里演：一个键走一步；输出不是终端时照次序走完，每一步写几行。</summary>
internal sealed class Terminal : IDisposable
{
    private readonly Scene _scene;
    private readonly Part[] _parts;
    private readonly List<int> _taken = [];
    private readonly List<string> _told = [];
    private Snapshot? _before;
    private Run _run;
    private string _said = "";

    private Terminal(Scene scene, Part[] parts)
    {
        (_scene, _parts, _run) = (scene, parts, Run.Start(parts));
        _told.Add(Tell());
    }

    /// <summary>演一场。</summary>
    /// <param name="scene">哪一场。</param>
    /// <param name="parts">编译好的程序。</param>
    /// <param name="order">先照这个次序走；null 是从头开始，由读者走。</param>
    public static void Play(Scene scene, Part[] parts, string? order)
    {
        using var terminal = new Terminal(scene, parts);
        if (Console.IsInputRedirected || Console.IsOutputRedirected) terminal.Print(order ?? scene.Script);
        else terminal.Interact(order ?? "");
    }

    public void Dispose() => _run.Dispose();

    private Words Words => new(_parts, _run.Pids, _run.Addresses);

    private string Ended => _run.Now.Ready.Length > 0 ? "还可以走下去。" : $"走不动了：{Words.Plain(Ending.Describe(_scene, _parts, _run.Now).Text)}。";

    private void Step(int move)
    {
        _before = _run.Now;
        _run.Take(move);
        _taken.Add(move);
        _told.Add(Tell());
    }

    // 照次序走；每走一步说一声。
    private void Follow(string order, Action? told = null) => Order.Follow(order, () => _run.Now, _parts, move =>
    {
        Step(move);
        told?.Invoke();
        return true;
    });

    private void Print(string order)
    {
        Console.WriteLine($"{_scene.Key} {_scene.Title}\n\n{_told[0]}");
        Follow(order, () => Console.WriteLine('\n' + _told[^1]));
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
        Follow(order);
        int[] script = [.. _scene.Script == "" ? [] : Planned()];
        while (true)
        {
            Draw(script);
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            _said = "";
            int lane = char.ToUpperInvariant(key.KeyChar) - 'A';
            if (key.Key == ConsoleKey.Backspace) Back();
            else if (key.Key == ConsoleKey.Enter) Enter(script);
            else if (key.KeyChar is 'q' or '\x1b') return;
            else if (key.KeyChar == 's') Save();
            else if (_run.Now.Ready.Contains(lane)) Step(lane);
            else if (lane >= 0 && lane < _run.Now.Lanes.Length) _said = $"{Words.Letter(lane)} 现在不能走：{Words.StateOf(_run.Now.Lanes[lane])}。";
        }
    }

    // 剧本写成一步一步：另演一遍，才知道 * 是几步。
    private int[] Planned()
    {
        List<int> taken = [.. _taken];
        Again([]);
        Follow(_scene.Script);
        int[] script = [.. _taken];
        Again(taken);
        return script;
    }

    private void Enter(int[] script)
    {
        int at = _taken.Count;
        bool along = at < script.Length && _taken.SequenceEqual(script.Take(at));
        int lane = along ? script[at] : _run.Now.Ready.FirstOrDefault(-1);
        if (!_run.Now.Ready.Contains(lane)) _said = Ended;
        else Step(lane);
    }

    // 后退：真实的进程退不回去，照同样的次序少走一步，重新演一遍。
    private void Back()
    {
        if (_taken.Count > 0) Again([.. _taken.Take(_taken.Count - 1)]);
    }

    private void Again(IReadOnlyList<int> order)
    {
        _run.Dispose();
        (_run, _before) = (Run.Start(_parts), null);
        _taken.Clear();
        _told.Clear();
        _told.Add(Tell());
        foreach (int lane in order) Step(lane);
    }

    private void Save()
    {
        string file = string.Create(CultureInfo.InvariantCulture, $"stage-{Path.GetFileNameWithoutExtension(_scene.Key)}-{Order.Write(_taken)}.txt");
        string again = $"dotnet run --project tutorial/Stage -- {_scene.Key} --order {Order.Write(_taken)}";
        try
        {
            File.WriteAllText(file, $"{_scene.Key} {_scene.Title}\n再走一遍：{again}\n\n{string.Join("\n\n", _told)}\n");
            _said = $"存到了 {file}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _said = $"存不了 {file}：{e.Message}";
        }
    }

    // 100 列 30 行够用：上面是各个进程，下面是共享的东西和这一步改变了什么。
    private void Draw(int[] script)
    {
        Words words = Words;
        Snapshot now = _run.Now;
        int height = Math.Max(24, Console.WindowHeight), lanes = now.Lanes.Length;
        List<string> changes = words.Changes(_before, now);
        string[] below =
        [
            .. now.Objects.SelectMany(o => Folded((_before?.Objects.Contains(o) != false ? "  " : "* ") + words.Plain(Words.Line(o, _run.Now)), Math.Max(80, Console.WindowWidth) - 2)),
            .. changes.Where(c => !now.Objects.Any(o => c.Contains(o.Label + "：", StringComparison.Ordinal))).Select(c => "* " + c),
        ];
        int room = Math.Clamp(below.Length, 3, height / 3), source = height - room - 11;

        var sides = new Grid { Expand = true };
        for (int i = 0; i < lanes; i++) sides.AddColumn(new GridColumn().NoWrap().Padding(0, 0, 0, 0));
        int width = Math.Max(80, Console.WindowWidth) / lanes - 4;
        sides.AddRow([.. now.Lanes.Select((lane, i) => new Panel(new Text(string.Join('\n', Side(words, lane, source, width))))
        {
            Header = new PanelHeader(Markup.Escape($" {Words.Letter(i)} {Cut(words.Plain(lane.Title), width - 4)} ")),
            Expand = true,
            BorderStyle = new Style(_taken.Count > 0 && _taken[^1] == i ? Color.Yellow : lane.State == State.Ready ? Color.Green : Color.Grey),
        })]);

        Console.Write("\x1b[H\x1b[2J");
        AnsiConsole.WriteLine($"{_scene.Key} {_scene.Title}   第 {_taken.Count} 步   {Order.Write(_taken)}");
        AnsiConsole.Write(sides);
        foreach (string line in below.Take(room)) AnsiConsole.WriteLine(Cut(line, Math.Max(80, Console.WindowWidth) - 2));
        string keys = string.Join("、", now.Ready.Select(lane => $"{char.ToLowerInvariant(Words.Letter(lane))} 让 {Words.Letter(lane)} 走"));
        AnsiConsole.WriteLine(Cut(_said != "" ? _said : now.Ready.Length == 0 ? Ended : "", Math.Max(80, Console.WindowWidth) - 2));
        AnsiConsole.Write(new Text($"{keys}{(keys == "" ? "" : "、")}回车照剧本、退格后退、s 存下、q 退出", new Style(decoration: Decoration.Bold)));
    }

    private static IEnumerable<string> Side(Words words, LaneView lane, int height, int width)
    {
        yield return Cut(words.StateOf(lane), width);
        string[] lines = words.Lines(lane);
        int current = words.SiteOf(lane)?.Line ?? 0, end = words.SiteOf(lane)?.EndLine ?? 0;
        int from = Math.Clamp(current - (height / 2), 0, Math.Max(0, lines.Length - height));
        for (int n = from; n < from + height; n++)
        {
            string line = lane.Frames.Length > 0 && n < lines.Length ? lines[n].TrimEnd() : "";
            yield return Cut($"{(n + 1 >= current && n + 1 <= end && line != "" ? lane.State == State.Asleep ? "z" : ">" : " ")}{(line == "" ? "" : $"{n + 1,3} {line}")}", width);
        }

        yield return Cut(string.Join(' ', lane.Frames.LastOrDefault()?.Variables.TakeLast(4).Select(v => $"{v.Name}={words.Plain(v.Value)}") ?? []), width);
        yield return Cut(words.Plain(string.Concat(lane.Output.Select(o => o.Text)).TrimEnd().Split('\n')[^1]), width);
    }

    // 一行写不下的内容，后面的整数另起一行。
    private static string[] Folded(string line, int width) =>
        Cut(line, width) != line && line.IndexOf("，+", StringComparison.Ordinal) is > 0 and var at ? [line[..(at + 1)], "      " + line[(at + 1)..]] : [line];

    // 中文占两列。
    private static string Cut(string text, int width)
    {
        int used = 0;
        for (int i = 0; i < text.Length; i++)
        {
            used += text[i] >= 0x1100 ? 2 : 1;
            if (used > width) return text[..Math.Max(0, i - 1)] + "…";
        }

        return text;
    }
}
