using System.Text;
using CliWrap;
using CliWrap.Buffered;

namespace Examples.Tests.Support;

/// <summary>找到并启动示例的可执行文件，就像读者在终端里做的那样。</summary>
internal static class Suite
{
    /// <summary>任何一个程序都不该跑这么久；挂住了的早就看出来了，见 <see cref="Patience"/>。</summary>
    public static readonly TimeSpan Limit = Patience.Ceiling;

    /// <summary>仓库的根目录：从测试程序往上，第一个有 Examples.sln 的。</summary>
    public static readonly string Root = FindRoot();

    /// <summary>本次运行的临时目录，也是所有程序的 TMPDIR；收尾时应当是空的。</summary>
    public static readonly DirectoryInfo Temp = CreateTemp();

    /// <summary>同时运行的程序至多这么多，由核数决定。</summary>
    public static readonly int AtOnce = 2 * Environment.ProcessorCount;

    private static readonly SemaphoreSlim Slots = new(AtOnce);

    /// <summary>与测试同一个配置（Debug 或 Release）的输出目录，例如 bin/Debug/net10.0。</summary>
    private static readonly string Output = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory);

    /// <summary>示例的输出目录。</summary>
    /// <param name="project">examples 之下的项目目录，例如 06-FileMapping/Writer。</param>
    public static string OutputFolder(string project) => Path.Combine(Root, "examples", project, Output);

    /// <summary>示例的可执行文件。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    public static string Executable(string project) =>
        Path.Combine(OutputFolder(project), Path.GetFileNameWithoutExtension(ProjectFile(project)));

    /// <summary>示例的项目文件。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    public static string ProjectFile(string project) => Directory.GetFiles(Path.Combine(Root, "examples", project), "*.csproj").Single();

    /// <summary>准备启动一个示例；退出码由测试自己判断。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    /// <param name="args">命令行参数。</param>
    public static Command Command(string project, params IEnumerable<string> args) => External(Executable(project), args);

    /// <summary>准备启动任意一个程序；退出码由测试自己判断。</summary>
    /// <param name="file">可执行文件。</param>
    /// <param name="args">命令行参数。</param>
    public static Command External(string file, params IEnumerable<string> args) =>
        Cli.Wrap(file)
            .WithArguments(args)
            .WithValidation(CommandResultValidation.None)

            // 关掉诊断端口：被信号终止的进程就不会在临时目录里留下它的套接字。错误文字固定用英文。
            .WithEnvironmentVariables(e => e.Set("DOTNET_EnableDiagnostics", "0").Set("LC_ALL", "C.UTF-8").Set("TMPDIR", Temp.FullName));

    /// <summary>测试充当父进程，准备启动一个示例的内部角色：不听父进程的判断，描述符由测试给。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    /// <param name="file">作为 3 号描述符交给它的文件；null 是没有。</param>
    /// <param name="args">角色的参数。</param>
    public static Command Role(string project, string? file, params IEnumerable<string> args) => External("/bin/sh", RoleScript(project, file, args));

    /// <summary>同上，是给 /bin/sh 的参数；角色是它的子进程。</summary>
    public static string[] RoleScript(string project, string? file, params IEnumerable<string> args)
    {
        string open = file == null ? "" : " 3<>\"$file\"";
        return ["-c", $"ulimit -c 0; file=$1; shift; {Posix.Libc.SpawnedBy}=$$ \"$@\"{open}; exit $?", "sh", file ?? "", Executable(project), .. args];
    }

    /// <summary>启动一个示例，等它结束。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    /// <param name="args">命令行参数。</param>
    public static Task<Finished> Run(string project, params IEnumerable<string> args) => Command(project, args).Finish();

    /// <summary>启动命令，等它结束，收下全部输出。同时运行的不超过 <see cref="AtOnce"/> 个，多的排队。</summary>
    /// <param name="command">命令；它要等另一个程序时用 <see cref="Running"/>，那个不排队。</param>
    public static async Task<Finished> Finish(this Command command)
    {
        using var patience = new Patience();
        await Slots.WaitAsync(patience.Token);
        try
        {
            CommandTask<BufferedCommandResult> running = command.ExecuteBufferedAsync(Encoding.UTF8, patience.Token);
            patience.Watch(running.ProcessId);
            BufferedCommandResult result = await running;
            return new Finished(running.ProcessId, result.ExitCode, result.StandardOutput, result.StandardError);
        }
        catch (OperationCanceledException) when (patience.GaveUp is { } why)
        {
            throw new TimeoutException($"{command} 挂住了。{why}");
        }
        finally
        {
            Slots.Release();
        }
    }

    private static DirectoryInfo CreateTemp()
    {
        // 0755：有的测试以别的用户身份启动程序。
        DirectoryInfo temp = Directory.CreateTempSubdirectory("examples-test-");
        File.SetUnixFileMode(temp.FullName, (UnixFileMode)0b111_101_101);
        return temp;
    }

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Examples.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("测试程序不在仓库之内。");
        }

        return folder;
    }
}

/// <summary>一个已经结束的进程。</summary>
internal sealed partial record Finished(int Pid, int ExitCode, string Output, string Error)
{
    /// <summary>标准输出的各行。</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>标准错误的各行，不算 05、06、10 说自己映射在哪里的那种：<c>父进程 4705：映射在 0x7f5d…</c>。</summary>
    public string[] Complaints => [.. Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !WhereMapped().IsMatch(line))];

    /// <summary>全部观察，按打印的次序。</summary>
    public Observation[] Observations => [.. Lines.Select(Support.Observation.TryParse).OfType<Observation>()];

    /// <summary>断言：成功，标准错误可以有提示。</summary>
    public Finished ShouldSucceed()
    {
        ExitCode.ShouldBe(0, $"stdout:\n{Output}\nstderr:\n{Error}");
        return this;
    }

    /// <summary>断言：退出码 0，每一行都是观察或表格，没有一次与应当的不同。</summary>
    public Finished ShouldObserveAsExpected()
    {
        ShouldSucceed();
        Observations.ShouldNotBeEmpty(Output);
        ShouldBeMarked();
        Observations.ShouldAllBe(observation => observation.Mark != Support.Observation.Differs);
        return this;
    }

    /// <summary>断言：每一行都是观察或表格。</summary>
    public void ShouldBeMarked() => Lines.Where(line => Support.Observation.TryParse(line) == null && !Support.Observation.IsTable(line)).ShouldBeEmpty();

    /// <summary>断言：退出码 1，这个编号的一行说出应当是什么、看到什么。</summary>
    /// <returns>那一行。</returns>
    public string ShouldContradict(string id, params string[] parts)
    {
        ExitCode.ShouldBe(1, $"stdout:\n{Output}\nstderr:\n{Error}");
        string line = Find(Support.Observation.Differs, id, parts);
        line.ShouldMatch("：应当是 .+，看到 .+$");
        return line;
    }

    /// <summary>给定编号、含有给定各段文字的那一行观察；必须恰好一行。</summary>
    public string Observation(string id, params string[] parts) => Find(null, id, parts);

    /// <summary>同上，而且程序下了判断，与应当的一样。</summary>
    public string Holds(string id, params string[] parts) => Find(Support.Observation.Holds, id, parts);

    /// <summary>同上，而且程序只报告，不判断。</summary>
    public string Reported(string id, params string[] parts) => Find(Support.Observation.Reported, id, parts);

    /// <summary>断言：以退出码 1 失败，标准输出什么也没有，标准错误只有一行说失败，并含有给定的各段文字。</summary>
    public Finished ShouldFailWith(params string[] parts)
    {
        ExitCode.ShouldBe(1, $"stdout:\n{Output}\nstderr:\n{Error}");
        Output.ShouldBeEmpty();
        string complaint = Complaints.ShouldHaveSingleItem(Error);
        foreach (string part in parts)
        {
            complaint.ShouldContain(part);
        }

        return this;
    }

    /// <summary>断言：用法不对，退出码 2，标准错误是一行用法。</summary>
    public Finished ShouldBeWrongUsage()
    {
        ExitCode.ShouldBe(2, $"stdout:\n{Output}\nstderr:\n{Error}");
        Output.ShouldBeEmpty();
        Error.ShouldStartWith("用法：");
        Error.Count(c => c == '\n').ShouldBe(1, Error);
        return this;
    }

    private string Find(string? mark, string id, string[] parts) => Lines.Where(line => Support.Observation.TryParse(line) is { } observation
            && observation.Id == id && (mark ?? observation.Mark) == observation.Mark && parts.All(line.Contains))
        .ShouldHaveSingleItem($"{mark} {id} {string.Join('…', parts)}：\n{Output}");

    [System.Text.RegularExpressions.GeneratedRegex("^\\S+ [0-9]+：映射在 0x[0-9a-f]+")]
    private static partial System.Text.RegularExpressions.Regex WhereMapped();
}
