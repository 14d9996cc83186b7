namespace Check;

/// <summary>看着学生的目录：存盘就检查，解出来就往下走。按 h 提示，l 列表，q 退出。</summary>
internal sealed class Watcher(Workspace work)
{
    // 隔一会儿看一眼，而不用 inotify：名额可能用完，网络目录和 WSL2 的 /mnt/c 上事件又到不了。看二十个小文件不费什么。
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly string[] _seen = [.. Exercise.All.Select(work.Read)];
    private readonly BlockingCollection<char> _keys = [];

    public int Run()
    {
        if (!Console.IsInputRedirected) new Thread(() => { while (true) _keys.Add(Console.ReadKey(intercept: true).KeyChar); }) { IsBackground = true }.Start();
        int current = Screen.FirstUnsolved(work, 0), hint = 0;
        while (current < Exercise.All.Length)
        {
            Exercise exercise = Exercise.All[current];
            Console.WriteLine($"改 {Trial.ShownPath(work.Mine(exercise))}，存盘就检查。h 提示，l 列表，q 退出。");
            (int? changed, char key) = Next();
            if (key == 'q') return 1;
            if (key == 'h') Screen.Hint(exercise, hint = Math.Min(hint + 1, exercise.Hints.Length), "再按 h");
            if (key == 'l') Screen.List(work, current);
            if (changed > current) Screen.Run(Exercise.All[changed.Value], work);
            if (changed is not { } from || from > current) continue;

            // 前面解出来过的改坏了，就回到它：不然后面都解出来时，会说全部解出来了。
            int next = Screen.FirstUnsolved(work, from);
            if (next != current) (current, hint) = (next, 0);
        }

        return 0;
    }

    // 等到存了盘，或者按了键。有的编辑器分几次写，中间是空的；内容没有变就不算。
    private (int? Changed, char Key) Next()
    {
        while (true)
        {
            if (_keys.TryTake(out char key, Interval)) return (null, key);
            foreach ((int i, Exercise exercise) in Exercise.All.Index())
            {
                if (work.Read(exercise) is not { Length: > 0 } text || text == _seen[i]) continue;
                _seen[i] = text;
                return (i, default);
            }
        }
    }
}
