using System.Collections.Concurrent;

namespace Check;

/// <summary>看着学生的目录：存盘就检查，解出来就往下走。按 h 提示，l 列表，q 退出。</summary>
/// <param name="work">学生的目录。</param>
internal sealed class Watcher(Workspace work)
{
    // 隔一会儿看一眼，而不用 inotify：名额可能用完，网络目录和 WSL2 的 /mnt/c 上事件又到不了。看十几个文件的时间不费什么。
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly BlockingCollection<Action> _todo = [];
    private readonly DateTime[] _saved = [.. Exercise.All.Select(exercise => File.GetLastWriteTimeUtc(work.Mine(exercise)))];
    private readonly Dictionary<Exercise, string> _checked = [];
    private Exercise? _current;
    private int _hint;
    private bool _done;

    /// <summary>一直看着，直到全部解出来，或按 q。</summary>
    /// <returns>全部解出来了是 0，否则 1。</returns>
    public int Run()
    {
        if (!Console.IsInputRedirected) new Thread(Keys) { IsBackground = true }.Start();

        Advance(0);
        while (!_done)
        {
            if (_todo.TryTake(out Action? key, Interval)) key();
            else Look();
        }

        return _current == null ? 0 : 1;
    }

    private void Advance(int from)
    {
        (_current, Verdict? verdict) = Screen.FirstUnsolved(work, from);
        _hint = 0;
        _done = _current == null;
        if (_current == null) return;
        Screen.Show(_current, verdict!, work);
        Prompt();
    }

    private void Look()
    {
        for (int i = 0; i < _saved.Length && !_done; i++)
        {
            DateTime saved = File.GetLastWriteTimeUtc(work.Mine(Exercise.All[i]));
            if (saved == _saved[i]) continue;
            _saved[i] = saved;
            Recheck(i);
        }
    }

    private void Recheck(int index)
    {
        // 有的编辑器分几次写；内容没有变就不再检查。
        Exercise exercise = Exercise.All[index];
        string content = Read(exercise);
        if (content == "" || (_checked.TryGetValue(exercise, out string? before) && before == content)) return;
        _checked[exercise] = content;
        Verdict verdict = work.Check(exercise);
        bool solved = Screen.Show(exercise, verdict, work);
        if (exercise != _current)
        {
            // 前面解出来过的改坏了，就回到它：不然后面都解出来时，会说全部解出来了。
            if (!solved && index < Array.IndexOf(Exercise.All, _current)) (_current, _hint) = (exercise, 0);
            Prompt();
            return;
        }

        if (solved) Advance(index + 1);
        else Prompt();
    }

    private string Read(Exercise exercise)
    {
        try
        {
            return File.ReadAllText(work.Mine(exercise));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private void Keys()
    {
        while (true)
        {
            char key = Console.ReadKey(intercept: true).KeyChar;
            _todo.Add(() =>
            {
                switch (key)
                {
                    case 'h' when _current != null:
                        Screen.Hint(_current, _hint = Math.Min(_hint + 1, _current.Hints.Length), "再按 h");
                        break;
                    case 'l':
                        Screen.List(work, Array.IndexOf(Exercise.All, _current));
                        break;
                    case 'q':
                        _done = true;
                        break;
                    default:
                        return;
                }

                if (!_done) Prompt();
            });
        }
    }

    private void Prompt() => Console.WriteLine($"改 {Trial.ShownPath(work.Mine(_current!))}，存盘就检查。h 提示，l 列表，q 退出。");
}
