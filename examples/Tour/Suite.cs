namespace Examples.Tour;

/// <summary>示例的项目和它们的产物在哪里。</summary>
/// <param name="Examples">examples 目录。</param>
/// <param name="Output">项目目录之下的输出目录，与导览自己的相同，例如 bin/Debug/net10.0。</param>
internal sealed record Suite(string Examples, string Output)
{
    /// <summary>从导览自己的可执行文件所在的目录推出来。</summary>
    public static Suite Find()
    {
        string here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string tour = Path.GetFullPath(Path.Combine(here, "../../.."));
        return new(Path.GetDirectoryName(tour)!, Path.GetRelativePath(tour, here));
    }

    /// <summary>仓库的根目录。</summary>
    public string Root => Path.GetDirectoryName(Examples)!;

    /// <summary>项目目录。</summary>
    /// <param name="project">examples 之下的相对路径，例如 06-FileMapping/Writer。</param>
    public string Folder(string project) => Path.Combine(Examples, project);

    /// <summary>可执行文件；旁边是同名的 .dll。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    public string Executable(string project) => Path.Combine(Folder(project), Output, Program(project));

    /// <summary>项目文件；只有产物、没有源文件的目录里，它不存在。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    public string ProjectFile(string project) => Path.Combine(Folder(project), Program(project) + ".csproj");

    /// <summary>编译的中间文件，例如 obj/Debug/net10.0。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    public string Intermediate(string project) => Path.Combine(Folder(project), "obj" + Output[Output.IndexOf('/')..]);

    /// <summary>程序名：路径的最后一段，去掉前面的小节号。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    public static string Program(string project)
    {
        string name = Path.GetFileName(project);
        return name.Length > 3 && name[2] == '-' ? name[3..] : name;
    }
}
