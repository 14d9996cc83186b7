using System.Collections.Concurrent;

namespace Check;

/// <summary>看着学生的目录：存盘就检查，解出来就往下走。按 h 提示，l 列表，q 退出。</summary>
internal sealed class Watcher(Workspace work)
{
    // 隔一会儿看一眼，而不用 inotify：名额可能用完，网络目录和 WSL2 的 /mnt/c 上事件又到不了。看二十个小文件不费什么。
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<Exercise, string> _seen = Exercise.All.ToDictionary(exercise => exercise, work.Read);
    private Exercise? _current;
    private int _hint;

    private int Current => Array.IndexOf(Exercise.All, _current);

    /// <summary>一直看着，直到全部解出来，或按 q。</summary>
    /// <returns>全部解出来了是 0，否则 1。</returns>
    public int Run()
    {
        var keys = new BlockingCollection<char>();
        if (!Console.IsInputRedirected)
        {
            new Thread(() =>
            {
                while (true) keys.Add(Console.ReadKey(intercept: true).KeyChar);
            }) { IsBackground = true }.Start();
        }

        Advance(0);
        while (_current != null)
        {
            if (!keys.TryTake(out char key, Interval)) Look();
            else if (key == 'q') return 1;
            else if (key == 'h') Screen.Hint(_current, _hint = Math.Min(_hint + 1, _current.Hints.Length), "再按 h");
            else if (key == 'l') Screen.List(work, Current);
            if (key is 'h' or 'l') Prompt();
        }

        return 0;
    }

    private void Advance(int from)
    {
        (_current, _hint) = (Screen.FirstUnsolved(work, from), 0);
        Prompt();
    }

    // 有的编辑器分几次写，中间是空的；内容没有变就不再检查。
    private void Look()
    {
        foreach ((int i, Exercise exercise) in Exercise.All.Index())
        {
            if (work.Read(exercise) is not { Length: > 0 } text || text == _seen[exercise]) continue;
            _seen[exercise] = text;
            bool solved = Screen.Show(exercise, work.Check(exercise), work);
            if (solved && exercise == _current)
            {
                Advance(i + 1);
                return;
            }

            // 前面解出来过的改坏了，就回到它：不然后面都解出来时，会说全部解出来了。
            if (!solved && i < Current) (_current, _hint) = (exercise, 0);
            Prompt();
        }
    }

    private void Prompt()
    {
        if (_current != null) Console.WriteLine($"改 {Trial.ShownPath(work.Mine(_current))}，存盘就检查。h 提示，l 列表，q 退出。");
    }
}
