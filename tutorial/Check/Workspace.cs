namespace Check;

/// <summary>学生的目录：第一次用的时候从 exercises 复制过来，之后只有 reset 才动它。</summary>
internal sealed class Workspace(string folder)
{
    public static string Tutorial { get; } = Path.Combine(Sandbox.Root, "tutorial");
    public static string Given(Exercise exercise) => Path.Combine(Tutorial, "exercises", exercise.Name + ".cs");

    public Workspace Fill()
    {
        Exercise[] missing = [.. Exercise.All.Where(exercise => !File.Exists(Mine(exercise)))];
        Array.ForEach(missing, Reset);
        if (missing.Length > 0) Console.Error.WriteLine($"复制了 {missing.Length} 个练习到 {Trial.ShownPath(folder)}，在那里做；改乱了就用 reset NN 恢复。");
        return this;
    }

    public void Reset(Exercise exercise)
    {
        try { File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(folder).FullName, exercise.Name + ".cs"), File.ReadAllBytes(Given(exercise))); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new IOException($"写不了学生的目录：{e.Message} 用 --my 另选一个。"); }
    }

    public string Mine(Exercise exercise) => Path.Combine(folder, exercise.Name + ".cs");

    public string Read(Exercise exercise)
    {
        try { return File.ReadAllText(Mine(exercise)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return ""; }
    }

    /// <summary>让读者再运行一次检查器的命令，连同这一次用的 --my。</summary>
    public string Command(string args)
    {
        string my = folder == Path.Combine(Tutorial, "my") ? "" : $" --my {Trial.ShownPath(folder)}";
        return $"dotnet run --project {Trial.ShownPath(Path.Combine(Tutorial, "Check"))} -- {args}{my}";
    }
}
