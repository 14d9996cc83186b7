using System.Collections.Concurrent;

namespace Check;

/// <summary>看着学生的目录：存盘就检查，解出来就往下走。按 h 提示，l 列表，q 退出。</summary>
internal sealed class Watcher(Workspace work)
{
    // 隔一会儿看一眼，而不用 inotify：名额可能用完，网络目录和 WSL2 的 /mnt/c 上事件又到不了。看二十个小文件不费什么。
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly BlockingCollection<char> _keys = [];
    private readonly Dictionary<Exercise, string> _seen = [];
    private Exercise? _current;
    private int _hint;

    /// <summary>一直看着，直到全部解出来，或按 q。</summary>
    /// <returns>全部解出来了是 0，否则 1。</returns>
    public int Run()
    {
        if (!Console.IsInputRedirected)
        {
            new Thread(() =>
            {
                while (true) _keys.Add(Console.ReadKey(intercept: true).KeyChar);
            }) { IsBackground = true }.Start();
        }

        foreach (Exercise exercise in Exercise.All) _seen[exercise] = Read(exercise);
        Advance(0);
        while (_current != null)
        {
            if (!_keys.TryTake(out char key, Interval)) Look();
            else if (key == 'q') return 1;
            else Answer(key);
        }

        return 0;
    }

    private void Answer(char key)
    {
        if (key == 'h') Screen.Hint(_current!, _hint = Math.Min(_hint + 1, _current!.Hints.Length), "再按 h");
        if (key == 'l') Screen.List(work, Array.IndexOf(Exercise.All, _current));
        if (key is 'h' or 'l') Prompt();
    }

    private void Advance(int from)
    {
        (_current, Verdict? verdict) = Screen.FirstUnsolved(work, from);
        _hint = 0;
        if (_current == null) return;
        Screen.Show(_current, verdict!, work);
        Prompt();
    }

    // 有的编辑器分几次写，中间是空的；内容没有变就不再检查。
    private void Look()
    {
        for (int i = 0; i < Exercise.All.Length && _current != null; i++)
        {
            Exercise exercise = Exercise.All[i];
            if (Read(exercise) is not { Length: > 0 } text || text == _seen[exercise]) continue;
            _seen[exercise] = text;
            bool solved = Screen.Show(exercise, work.Check(exercise), work);
            if (solved && exercise == _current)
            {
                Advance(i + 1);
                continue;
            }

            // 前面解出来过的改坏了，就回到它：不然后面都解出来时，会说全部解出来了。
            if (!solved && i < Array.IndexOf(Exercise.All, _current)) (_current, _hint) = (exercise, 0);
            Prompt();
        }
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

    private void Prompt() => Console.WriteLine($"改 {Trial.ShownPath(work.Mine(_current!))}，存盘就检查。h 提示，l 列表，q 退出。");
}
