using System.Diagnostics;
using System.Globalization;

namespace Check;

/// <summary>检查一个练习：编译一次，按检查的需要启动许多次，每次用新的随机值和新的名字。</summary>
internal sealed class Trial
{
    private static int _counter;
    private readonly string _program;

    private Trial(string program) => _program = program;

    /// <summary>检查一个练习，不抛异常。</summary>
    /// <param name="exercise">练习。</param>
    /// <param name="folder">学生的文件所在的目录。</param>
    public static Verdict Of(Exercise exercise, string folder)
    {
        var clock = Stopwatch.StartNew();
        Verdict Say(Result result, string expected = "", string seen = "") => new(result, expected, seen, Math.Round(clock.Elapsed.TotalSeconds, 2));

        string source = Path.Combine(folder, exercise.File + ".cs");
        if (!File.Exists(source)) return Say(Result.Missing, $"有文件 {Shown(source)}", $"没有这个文件；用 reset {exercise.Number} 取回");
        string output = Path.Combine(Sandbox.Programs, Path.GetRandomFileName());
        try
        {
            (string? program, string[] errors) = Compiler.Compile(source, Shown(source), output);
            if (program == null) return Say(Result.CompileError, "编译得过", string.Join('\n', errors));
            exercise.Check(new Trial(program));
            return Say(Result.Solved);
        }
        catch (TooLate)
        {
            return Say(Result.Hung, "检查器看得清每一步", "二十次都没有看清：再检查一次");
        }
        catch (Rejected e)
        {
            return Say(e.Result, e.Expected, e.Seen);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Say(Result.Unchecked, "检查得成", $"检查器自己出了错：{e.Message}");
        }
        finally
        {
            lock (Sandbox.Gate)
            {
                Tree.Kill();
                Shm.Kept.Clear();
                Shm.RemoveOwn();
                Sandbox.Remove(output);
            }
        }
    }

    /// <summary>给读者看的路径：在当前目录之下就用相对路径。</summary>
    public static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>没有用过的随机值，九位数：不会碰巧出现在别的输出里。</summary>
    public static int Fresh() => Random.Shared.Next(100_000_000, 1_000_000_000);

    /// <summary>没有用过的名字，以斜杠开头。</summary>
    public static string Name() => string.Create(CultureInfo.InvariantCulture, $"/{Sandbox.Token}{Interlocked.Increment(ref _counter)}");

    /// <summary>没有用过的名字，检查器要自己用：学生的程序留着它不算留下东西。</summary>
    /// <param name="suffixes">除对象之外，还有哪些信号量，例如 _sem。</param>
    public static string KeptName(params string[] suffixes)
    {
        string name = Name();
        Shm.Kept.Add("/dev/shm" + name);
        foreach (string suffix in suffixes) Shm.Kept.Add($"/dev/shm/sem.{name[1..]}{suffix}");
        return name;
    }

    /// <summary>启动学生的程序。</summary>
    public Play Start(params string[] args) => new(_program, args);

    /// <summary>启动，等它结束。</summary>
    public Ending Run(params string[] args)
    {
        using Play play = Start(args);
        return play.Finish();
    }

    /// <summary>要趁早让进程停住的一段：启动一个 .NET 程序要几十毫秒，通常来得及；来不及就重来。</summary>
    public static void Stage(Action stage)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                stage();
                return;
            }
            catch (TooLate e) when (attempt < 20)
            {
                if (e.Otherwise != null && attempt >= 6) throw e.Otherwise;
            }
        }
    }
}
