using System.Text;
using CliWrap;
using CliWrap.Buffered;

namespace Examples.Tests.Support;

/// <summary>找到并启动示例的可执行文件，就像读者在终端里做的那样。</summary>
internal static class Suite
{
    /// <summary>任何一个程序都不该跑这么久；到时强行结束，测试失败。</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>仓库的根目录：从测试程序往上，第一个有 Examples.sln 的。</summary>
    public static readonly string Root = FindRoot();

    /// <summary>本次运行的临时目录，也是所有程序的 TMPDIR；收尾时应当是空的。</summary>
    public static readonly DirectoryInfo Temp = CreateTemp();

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

    /// <summary>启动一个示例，等它结束。</summary>
    /// <param name="project">examples 之下的项目目录。</param>
    /// <param name="args">命令行参数。</param>
    public static Task<Finished> Run(string project, params IEnumerable<string> args) => Command(project, args).Finish();

    /// <summary>启动命令，等它结束，收下全部输出。</summary>
    /// <param name="command">命令。</param>
    /// <param name="atMost">最多等多久，默认 <see cref="Limit"/>。</param>
    public static async Task<Finished> Finish(this Command command, TimeSpan? atMost = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(atMost ?? Limit);
        CommandTask<BufferedCommandResult> running = command.ExecuteBufferedAsync(Encoding.UTF8, limit.Token);
        BufferedCommandResult result = await running;
        return new Finished(running.ProcessId, result.ExitCode, result.StandardOutput, result.StandardError);
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
internal sealed record Finished(int Pid, int ExitCode, string Output, string Error)
{
    /// <summary>标准输出的各行。</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>断言：成功，标准错误可以有提示。</summary>
    public Finished ShouldSucceed()
    {
        ExitCode.ShouldBe(0, $"stdout:\n{Output}\nstderr:\n{Error}");
        return this;
    }

    /// <summary>断言：每一行都是一次观察（以语句或陷阱的编号开头），没有一次与预期不符，退出码 0。</summary>
    public Finished ShouldObserveAsExpected()
    {
        ShouldSucceed();
        Lines.ShouldNotBeEmpty();
        Lines.ShouldAllBe(line => System.Text.RegularExpressions.Regex.IsMatch(line, "^([A-K][0-9]|X[0-9]+) .+(预期 .+，看到 .+|看到 .+（只报告，不判断）)$"));
        return this;
    }

    /// <summary>以给定编号开头、含有给定各段文字的那一行观察；必须恰好一行。</summary>
    public string Observation(string id, params string[] parts) =>
        Lines.Where(line => line.StartsWith(id + ' ', StringComparison.Ordinal) && parts.All(line.Contains)).ShouldHaveSingleItem();

    /// <summary>断言：以退出码 1 失败，标准输出什么也没有，标准错误只有一行，并含有给定的各段文字。</summary>
    public Finished ShouldFailWith(params string[] parts)
    {
        ExitCode.ShouldBe(1, $"stdout:\n{Output}\nstderr:\n{Error}");
        Output.ShouldBeEmpty();
        Error.Count(c => c == '\n').ShouldBe(1, Error);
        foreach (string part in parts)
        {
            Error.ShouldContain(part);
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
}
