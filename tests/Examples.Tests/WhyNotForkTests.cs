using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>11 C# 为什么不 fork。</summary>
public sealed partial class WhyNotForkTests
{
    private const string Project = "11-WhyNotFork";

    [Fact]
    [Trait("Statement", "F1")]
    [Trait("Statement", "F2")]
    public async Task A_forked_child_has_the_mapping_and_both_see_each_others_stores()
    {
        // 两个同时运行，互不打扰。
        Finished[] runs = await Task.WhenAll(Suite.Run(Project, "1"), Suite.Run(Project, "1"));

        foreach ((string id, string what) in new[] { ("F1", "fork 之前建的映射"), ("F2", "父进程 fork 之后存的值"), ("F2", "父进程读到子进程存的值") })
        {
            string[] lines = [.. runs.Select(run => run.ShouldObserveAsExpected().Observation(id, what))];
            lines.ShouldAllBe(line => Seen(line) == Expected(line));

            // 交换的是新的随机值，不是写死的。
            Seen(lines[0]).ShouldNotBe(Seen(lines[1]));
        }
    }

    [Fact]
    [Trait("Statement", "F2")]
    public async Task The_code_memory_is_a_shared_memfd_and_a_child_that_compiles_changes_its_parents()
    {
        // 测试程序自己也是 .NET：从外面确认，这个系统上确实有双重映射。
        File.ReadAllText("/proc/self/maps").ShouldContain("/memfd:doublemapper (deleted)");

        Finished run = (await Suite.Run(Project, "1")).ShouldObserveAsExpected();

        run.Observation("F2", "Main 的机器码入口").ShouldEndWith("看到 r-xs /memfd:doublemapper (deleted)");
        run.Observation("F2", "可写映射 rw-s").ShouldMatch("看到 [1-9][0-9]* 处");
        run.Observation("F2", "只运行编译好的方法").ShouldEndWith("看到 0");
        Seen(run.Observation("F2", "编译一个方法")).ShouldBeGreaterThan(0);
    }

    [Fact]
    [Trait("Statement", "F1")]
    public async Task Every_run_is_counted_once_and_posix_spawn_always_goes_well()
    {
        Finished run = (await Suite.Run(Project, "2")).ShouldObserveAsExpected();

        int[][] rows = [.. run.Lines.Where(line => line.Contains("每个进程")).Select(Counts)];
        rows.Length.ShouldBe(5);
        rows.ShouldAllBe(row => row.Sum() == 2);
        rows[4].ShouldBe([2, 0, 0, 0]);
        run.Lines.Where(line => line.Contains("每个进程") && line.Contains("fork，")).ShouldAllBe(line => line.EndsWith("（只报告，不判断）"));

        // fork 的各行不保证数字，但对比要看得出来：原样的不会全都正常，另两种不会一次也不正常。
        rows[0][0].ShouldBeLessThan(2, run.Output);
        rows[1][0].ShouldBeGreaterThan(0, run.Output);
        rows[2][0].ShouldBeGreaterThan(0, run.Output);

        // 崩溃的文字没有上屏幕：标准错误只有一行提示。
        run.Error.ShouldStartWith("以下 5 种情形");
        run.Error.Count(c => c == '\n').ShouldBe(1, run.Error);
    }

    [Fact]
    public async Task Without_double_mapping_it_reports_and_judges_nothing_about_it()
    {
        Finished run = (await With(e => e.Set("DOTNET_EnableWriteXorExecute", "0"), "1").Finish()).ShouldObserveAsExpected();

        run.Observation("F2", "Main 的机器码").ShouldContain("双重映射没有启用");
        run.Observation("F2", "Main 的机器码").ShouldEndWith("（只报告，不判断）");
        run.Output.ShouldNotContain("代码内存变了");
        run.Observation("F1", "fork 之前建的映射").ShouldContain("预期");
    }

    [Fact]
    public async Task A_child_that_never_ends_is_counted_as_hung_and_its_group_is_killed()
    {
        string mark = Guid.NewGuid().ToString();
        var forking = new TaskCompletionSource();
        var output = new StringBuilder();
        using var limit = Limit();
        CommandTask<CommandResult> running = With(e => e.Set("MARK", mark), "3")
            .WithStandardOutputPipe(PipeTarget.ToDelegate(line =>
            {
                output.AppendLine(line);
                if (line.Contains("编译一个方法")) forking.TrySetResult();
            }))
            .ExecuteAsync(limit.Token);

        await forking.Task.WaitAsync(limit.Token);
        int stopped = await StopAGrandchild(running.ProcessId, limit.Token);
        CommandResult result = await running;

        result.ExitCode.ShouldBe(0, output.ToString());
        output.ToString().Split('\n').Where(line => line.Contains("每个进程")).Sum(line => Counts(line)[1]).ShouldBeGreaterThan(0, output.ToString());
        Alive(stopped).ShouldBeFalse();
        Marked(mark).ShouldBeEmpty();
    }

    [Fact]
    public async Task Ended_half_way_it_leaves_no_process()
    {
        string mark = Guid.NewGuid().ToString();
        using var limit = Limit();
        CommandTask<BufferedCommandResult> running = With(e => e.Set("MARK", mark)).ExecuteBufferedAsync(limit.Token);

        // 停住一个 fork 出来的子进程：父进程等着它，看管者等着父进程，此刻正在半路上。
        int stopped = await StopAGrandchild(running.ProcessId, limit.Token);

        // 崩溃的文字上不了屏幕，也不会有 core 文件。
        foreach (int fd in new[] { 0, 1, 2 }) File.ResolveLinkTarget($"/proc/{stopped}/fd/{fd}", false)!.FullName.ShouldBe("/dev/null");
        File.ReadLines($"/proc/{stopped}/limits").ShouldContain(line => Regex.IsMatch(line, "^Max core file size +0 +0 "));

        kill(running.ProcessId, SIGTERM).ShouldBe(0);
        BufferedCommandResult result = await running;

        result.ExitCode.ShouldBe(128 + (int)SIGTERM);
        Alive(stopped).ShouldBeFalse();
        Marked(mark).ShouldBeEmpty();
    }

    [Fact]
    public async Task Runs_that_crash_leave_no_core_file_and_no_diagnostic_port()
    {
        using var temp = new TempFolder();
        Command command = With(e => e.Set("TMPDIR", temp.Folder).Set("DOTNET_EnableDiagnostics", "1"), "1");

        (await command.WithWorkingDirectory(temp.Folder).Finish()).ShouldObserveAsExpected();

        Directory.GetFileSystemEntries(temp.Folder).ShouldBeEmpty();
    }

    [Fact]
    public void Fork_is_declared_in_this_program_only()
    {
        IEnumerable<string> sources = Directory.EnumerateFiles(Path.Combine(Suite.Root, "examples"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/") && Declaration().IsMatch(File.ReadAllText(file)));

        sources.Select(file => Path.GetRelativePath(Suite.Root, file)).ShouldBe(["examples/11-WhyNotFork/Fork.cs"]);
    }

    private static Command With(Action<CliWrap.Builders.EnvironmentVariablesBuilder> variables, params string[] args) =>
        Suite.Command(Project, args).WithEnvironmentVariables(e => variables(e.Set("DOTNET_EnableDiagnostics", "0").Set("LC_ALL", "C.UTF-8")));

    private static CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Suite.Limit);
        return limit;
    }

    // 程序 → 被看管的进程 → fork 出来的子进程；后者只活几毫秒，逮到哪个是哪个。
    private static async Task<int> StopAGrandchild(int program, CancellationToken limit)
    {
        while (true)
        {
            limit.ThrowIfCancellationRequested();
            foreach (int grandchild in Children(program).SelectMany(Children))
            {
                if (kill(grandchild, SIGSTOP) == 0 && State(grandchild) == 'T') return grandchild;
            }

            await Task.Yield();
        }
    }

    private static int[] Children(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static bool Alive(int pid) => State(pid) is not ('Z' or 'X');

    private static char State(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return 'X';
        }
    }

    // 还活着的、环境里带着这个记号的进程；环境变量由程序传给它启动的每一个进程。
    private static string[] Marked(string mark) => [.. Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]) && Environ(folder).Contains(mark))];

    private static string Environ(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static int[] Counts(string row)
    {
        Match match = Row().Match(row[row.IndexOf("看到", StringComparison.Ordinal)..]);
        match.Success.ShouldBeTrue(row);
        return [.. match.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))];
    }

    private static int Expected(string line) => int.Parse(Number().Matches(line)[^2].Value, CultureInfo.InvariantCulture);

    private static int Seen(string line) => int.Parse(Number().Matches(line)[^1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("正常 ([0-9]+)，挂住 ([0-9]+)，父进程死 ([0-9]+)，子进程死 ([0-9]+)")]
    private static partial Regex Row();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\bint v?fork\(")]
    private static partial Regex Declaration();
}
