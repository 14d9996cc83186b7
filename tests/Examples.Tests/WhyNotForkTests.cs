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
    public async Task A_forked_child_has_the_mapping_and_its_parent_sees_what_it_stores()
    {
        Long.Only();
        // fork 顺不顺利没有人能保证，读到了才判断；可是不会一连五次，连第一个 fork 都不顺利。
        HashSet<long> values = [];
        for (int i = 0; i < 5 && values.Count < 2; i++)
        {
            Finished run = (await Suite.Run(Project, "1")).ShouldObserveAsExpected();
            if (run.Observation("F1", "fork 之前写入").EndsWith("没有读到", StringComparison.Ordinal)) continue;
            long[] exchange = Observation.Numbers(run.Holds("F1", "fork 之前写入"));
            exchange[1].ShouldBe(~exchange[0]);
            values.Add(exchange[0]);
        }

        values.Count.ShouldBe(2, "交换的是新的随机值");
    }

    [Fact]
    [Trait("Statement", "F2")]
    public async Task The_code_memory_is_a_shared_memfd_mapped_twice()
    {
        // 测试程序自己也是 .NET：从外面确认，这个系统上确实有双重映射。
        File.ReadAllText("/proc/self/maps").ShouldContain("/memfd:doublemapper (deleted)");

        Finished run = (await Suite.Run(Project, "1")).ShouldObserveAsExpected();

        string[] code = run.Lines[0].Split(' '), data = run.Lines[1].Split(' ');
        (code[3], data[3]).ShouldBe(("r-xs", "rw-s"));
        code[^3..].ShouldBe(data[^3..], "同一个 memfd");
        run.Holds("F2", "上面是同一段内存", "MAP_SHARED");
        run.Holds("F2", "Main 的机器码").ShouldContain("r-xs /memfd:doublemapper (deleted)");

        run.Lines.Select(Counts).OfType<int[]>().Select(row => row.Sum()).ShouldBe([1, 1, 1, 1], "每种情形启动一个，恰好算进一种结局");
        run.Holds("F1", "posix_spawn", "1 个正常结束");
    }

    [Fact]
    [Trait("Statement", "F1")]
    public async Task Every_run_is_counted_once_and_posix_spawn_always_goes_well()
    {
        Long.Only();
        Finished run = (await Suite.Run(Project, "2")).ShouldObserveAsExpected();

        // 各行是多少不判断，程序自己也不判断；每个进程恰好算进一种结局。
        int[][] rows = [.. run.Lines.Select(Counts).OfType<int[]>()];
        rows.Length.ShouldBe(4);
        rows.ShouldAllBe(row => row.Sum() == 2);
        run.Reported("F2", "只报告，不判断");
        run.Holds("F1", "posix_spawn", "2 个正常结束");

        // 崩溃的文字没有上屏幕：标准错误只有一行提示。
        run.Error.ShouldStartWith("以下各启动 2 个进程");
        run.Error.Count(c => c == '\n').ShouldBe(1, run.Error);
    }

    [Fact]
    public async Task Without_double_mapping_it_reports_and_judges_nothing_about_it()
    {
        Long.Only();
        Finished run = (await With(e => e.Set("DOTNET_EnableWriteXorExecute", "0"), "1").Finish()).ShouldObserveAsExpected();

        run.Reported("F2", "Main 的机器码", "没有双重映射");
        run.Output.ShouldNotContain("doublemapper");
    }

    [Fact]
    public async Task A_child_that_never_ends_is_counted_as_hung_and_its_group_is_killed()
    {
        Long.Only();
        string mark = Guid.NewGuid().ToString();
        var forking = new TaskCompletionSource();
        var output = new StringBuilder();
        using var limit = Limit();
        CommandTask<CommandResult> running = With(e => e.Set("MARK", mark), "3")
            .WithStandardOutputPipe(PipeTarget.ToDelegate(line =>
            {
                output.AppendLine(line);
                if (line.Contains("每个父进程 fork 50 次")) forking.TrySetResult();
            }))
            .ExecuteAsync(limit.Token);

        await forking.Task.WaitAsync(limit.Token);
        int stopped = await StopAGrandchild(running.ProcessId, limit.Token);
        CommandResult result = await running;

        result.ExitCode.ShouldBe(0, output.ToString());
        output.ToString().Split('\n').Select(Counts).OfType<int[]>().Sum(row => row[3]).ShouldBeGreaterThan(0, output.ToString());
        await Eventually.True(() => !Alive(stopped) && Marked(mark).Length == 0, "整组都终止了");
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
        File.ResolveLinkTarget($"/proc/{stopped}/fd/2", false)!.FullName.ShouldBe("/dev/null");
        File.ReadLines($"/proc/{stopped}/limits").ShouldContain(line => Regex.IsMatch(line, "^Max core file size +0 +0 "));

        kill(running.ProcessId, SIGTERM).ShouldBe(0);
        BufferedCommandResult result = await running;

        result.ExitCode.ShouldBe(128 + (int)SIGTERM);
        await Eventually.True(() => !Alive(stopped) && Marked(mark).Length == 0, "整组都终止了");
    }

    [Fact]
    public async Task Runs_that_crash_leave_no_core_file_and_no_diagnostic_port()
    {
        Long.Only();
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

    // 表格的一行：正常、父进程死、子进程死、没有进展各几次。
    private static int[]? Counts(string line) => Row().Match(line) is { Success: true, Groups: var groups }
        ? [.. groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))]
        : null;

    [GeneratedRegex("^  \\S.* ([0-9]+) +([0-9]+) +([0-9]+) +([0-9]+)$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\bint v?fork\(")]
    private static partial Regex Declaration();
}
