namespace Examples.Tour;

/// <summary>看一个项目要不要构建。二十多个项目都去问 MSBuild 要好几秒，自己看用不了几毫秒。</summary>
/// <remarks>
/// 每次构建留下两个文件（见 examples/Directory.Build.targets）：inputs 写于编译之前，列出用到的文件；
/// built 写于构建成功之后。那次构建成功了，用到的文件从那以后没有改过，也没有增减，产物就是新的。
/// </remarks>
internal sealed class Freshness(Suite suite)
{
    private readonly Lazy<bool> _library = new(() => IsCurrent(suite, "Posix"));

    /// <summary>产物在，而且不比源文件旧。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    public bool IsReady(string project)
    {
        string executable = suite.Executable(project);
        if (!File.Exists(suite.ProjectFile(project)))
        {
            return File.Exists(executable);    // 只有产物：没有什么可构建的。
        }

        return _library.Value && File.Exists(executable) && IsCurrent(suite, project);
    }

    private static bool IsCurrent(Suite suite, string project)
    {
        string intermediate = suite.Intermediate(project), assembly = suite.Executable(project) + ".dll";
        string inputs = Path.Combine(intermediate, "inputs"), built = Path.Combine(intermediate, "built");
        if (!File.Exists(inputs) || !File.Exists(built) || !File.Exists(assembly)) return false;

        DateTime started = File.GetLastWriteTimeUtc(inputs);
        HashSet<string> used = [.. File.ReadLines(inputs).Where(file => !file.StartsWith(intermediate))];

        // 库不编进 Common。
        IEnumerable<string> common = project == "Posix" ? [] : Sources(suite.Folder("Common"));
        return File.GetLastWriteTimeUtc(built) >= started
            && used.All(file => File.Exists(file) && File.GetLastWriteTimeUtc(file) <= started)
            && Sources(suite.Folder(project)).Concat(common).All(used.Contains);
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(folder, "*.cs")
        .Concat(Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not ("bin" or "obj"))
            .SelectMany(inner => Directory.EnumerateFiles(inner, "*.cs", SearchOption.AllDirectories)));
}
