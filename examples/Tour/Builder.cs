using System.ComponentModel;
using System.Text;
using System.Text.RegularExpressions;
using CliWrap;

namespace Examples.Tour;

/// <summary>构建示例：一次 <c>dotnet build</c>，建好一个说一个，不等全部。</summary>
/// <param name="suite">示例在哪里。</param>
/// <param name="projects">这次导览要用的项目。</param>
/// <param name="temp">本次导览的私有临时目录。</param>
/// <param name="announce">每建好一个调用一次，参数是给人看的一句话。</param>
internal sealed partial class Builder(Suite suite, string[] projects, string temp, Action<string> announce)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, TaskCompletionSource<string[]>> _outcomes =
        projects.ToDictionary(project => project, _ => new TaskCompletionSource<string[]>());

    private readonly List<string> _output = [];
    private int _done, _all;

    /// <summary>现在的进展，一句话。</summary>
    public string Progress { get; private set; } = "看看哪些要构建";

    /// <summary>请构建停下，它不肯，被强行结束了。</summary>
    public bool WasForced { get; private set; }

    /// <summary>等一个项目建好。</summary>
    /// <param name="project">examples 之下的相对路径。</param>
    /// <returns>空：可以启动了；否则是没有建好的原因，各一行。</returns>
    public Task<string[]> Outcome(string project) => _outcomes[project].Task;

    /// <summary>构建所有不是最新的项目。一个构建不成，其余的照样构建。</summary>
    /// <param name="cancelled">请构建停下；它不肯，就强行结束。</param>
    public async Task Run(CancellationToken cancelled)
    {
        try
        {
            if (StillStale() is [])
            {
                return;
            }

            // 两个导览同时构建会互相踩：后来的等先来的，然后再看还缺什么。
            using FileStream alone = await Lock(cancelled);
            if (StillStale() is not [] and var stale)
            {
                await Build(stale, cancelled);
            }
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            _output.Add($"要先构建，可是 dotnet build 启动不了：{e.Message}");
        }
        catch (OperationCanceledException)
        {
            _output.Add("构建中断了。");
        }
        finally
        {
            foreach ((string project, TaskCompletionSource<string[]> outcome) in _outcomes)
            {
                outcome.TrySetResult(Errors(project));
            }
        }
    }

    private string[] StillStale()
    {
        var fresh = new Freshness(suite);
        foreach (string project in projects)
        {
            if (fresh.IsReady(project)) _outcomes[project].TrySetResult([]);
            else if (!File.Exists(suite.ProjectFile(project)))
                _outcomes[project].TrySetResult([$"这里没有它的程序，也没有 {suite.ProjectFile(project)}。"]);
        }

        return [.. projects.Where(project => !_outcomes[project].Task.IsCompleted)];
    }

    private async Task<FileStream> Lock(CancellationToken cancelled)
    {
        string file = Path.Combine(suite.Folder("Tour"), "obj", "building");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                Progress = "另一个导览正在构建，等它构建好";
                await Task.Delay(200, cancelled);
            }
        }
    }

    private async Task Build(string[] stale, CancellationToken cancelled)
    {
        _all = stale.Length;
        Progress = $"构建 {_all} 个程序：先还原";
        announce($"先构建 {_all} 个程序，每构建好一个就报告；前面的构建好了，就开始运行。");

        using var force = new CancellationTokenSource();
        using CancellationTokenRegistration forced = force.Token.Register(() => WasForced = true);
        using CancellationTokenRegistration later = cancelled.Register(() => force.CancelAfter(Grace));
        string traversal = Path.Combine(suite.Folder("Tour"), "Examples.targets");
        string[] quiet = ["-v:m", "-tl:off", "-clp:NoSummary"];
        PipeTarget hear = PipeTarget.ToDelegate(line => Hear(line, stale), Encoding.UTF8);
        await Cli.Wrap("dotnet").WithWorkingDirectory(suite.Root).WithValidation(CommandResultValidation.None)
            .WithArguments(["build", traversal, "-c", suite.Output.Split('/')[1], "-nodeReuse:false", .. quiet])
            .WithEnvironmentVariables(e => e.Set("TourProjects", string.Join(';', stale.Select(suite.ProjectFile)))

                // 构建的临时文件（NuGetScratchroot 之类）随导览的临时目录一起删掉。
                .Set("TMPDIR", temp))
            .WithStandardOutputPipe(hear).WithStandardErrorPipe(hear)
            .ExecuteAsync(force.Token, cancelled);
    }

    // 每建好一个项目，MSBuild 打印「名字 -> 产物的路径」，这时它的文件都已经就位。
    private void Hear(string line, string[] stale)
    {
        lock (_output) _output.Add(line);
        string? ready = stale.FirstOrDefault(project => line.EndsWith($" -> {suite.Executable(project)}.dll"));
        if (ready == null) return;

        Progress = $"构建 {++_done}/{_all}，刚构建好 {Suite.Program(ready)}";
        announce($"构建好 {Suite.Program(ready)}（{_done}/{_all}）");
        _outcomes[ready].TrySetResult([]);
    }

    // 编译错误的行尾是 [项目文件]：先给自己的，没有就是 Posix 的，再没有就是全部错误，最后是输出的末尾。
    private string[] Errors(string project)
    {
        string[] errors = [.. _output.Where(line => line.Contains(": error ")).Distinct()];
        string[] of = [.. errors.Where(line => line.Contains($"/{Suite.Program(project)}.csproj"))];
        string[] library = [.. errors.Where(line => line.Contains("/Posix.csproj"))];
        string[] chosen = of is not [] ? of : library is not [] ? library : errors;
        if (chosen is []) chosen = [.. _output.TakeLast(5)];
        return [.. chosen.Select(line => TrailingProject().Replace(line, "").Replace(suite.Root + "/", "").Trim())];
    }

    [GeneratedRegex(@" \[[^\]]*csproj[^\]]*\]$")]
    private static partial Regex TrailingProject();
}
