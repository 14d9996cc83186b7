namespace Examples.Tour;

/// <summary>看一个项目要不要构建。二十多个项目都去问 MSBuild 要好几秒，自己看只要几毫秒。</summary>
/// <remarks>
/// 每次构建留下两个文件（见 examples/Directory.Build.targets）：inputs 写于编译之前，列出用到的文件；built 写于成功之后。
/// 编译之前的时刻之后谁也没有改过，也没有增减，而且那次构建成功了，产物就是新的。
/// </remarks>
internal sealed class Freshness(Suite suite)
{
    private readonly Lazy<bool> _library = new(() => IsCurrent(suite, "Posix", Path.Combine(suite.Folder("Posix"), suite.Output, "Posix.dll")));

    /// <summary>产物在，而且不比源文件旧。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    public bool IsReady(string project)
    {
        string executable = suite.Executable(project);
        if (!File.Exists(suite.ProjectFile(project)))
        {
            return File.Exists(executable);    // 只有产物：没有什么可构建的。
        }

        return _library.Value && File.Exists(executable) && IsCurrent(suite, project, executable + ".dll");
    }

    private static bool IsCurrent(Suite suite, string project, string assembly)
    {
        string folder = suite.Folder(project), intermediate = suite.Intermediate(project);
        string inputs = Path.Combine(intermediate, "inputs"), built = Path.Combine(intermediate, "built");
        if (!File.Exists(inputs) || !File.Exists(built) || !File.Exists(assembly))
        {
            return false;
        }

        DateTime started = File.GetLastWriteTimeUtc(inputs);
        HashSet<string> used = [.. File.ReadLines(inputs).Where(file => file != "" && !file.StartsWith(intermediate, StringComparison.Ordinal))];
        return File.GetLastWriteTimeUtc(built) >= started
            && used.All(file => File.Exists(file) && File.GetLastWriteTimeUtc(file) <= started)
            && Sources(folder).Concat(Sources(Path.Combine(suite.Examples, "Common"), project)).All(used.Contains);
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(folder, "*.cs")
        .Concat(Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not ("bin" or "obj"))
            .SelectMany(inner => Directory.EnumerateFiles(inner, "*.cs", SearchOption.AllDirectories)));

    // Posix 是库，Common 不编进它。
    private static IEnumerable<string> Sources(string common, string project) => project == "Posix" ? [] : Directory.EnumerateFiles(common, "*.cs");
}
