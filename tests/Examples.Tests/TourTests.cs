using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>导览：把示例作为真实的进程依次运行。</summary>
public sealed class TourTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_list_names_every_example_in_order()
    {
        string examples = Path.Combine(Suite.Root, "examples");
        IEnumerable<string> projects = Directory.GetFiles(examples, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(examples, Path.GetDirectoryName(file)!)).Where(project => char.IsDigit(project[0]));

        string[][] rows = [.. (await Tour("--list")).ShouldSucceed().Lines.Select(line => line.Split('\t'))];
        string[] listed = [.. rows.Select(row => row[0])];

        // 最后一列是这一站启动的全部程序。
        rows.SelectMany(row => row[3].Split(' ')).ShouldBe(projects, ignoreOrder: true);
        listed.ShouldAllBe(folder => Directory.Exists(Path.Combine(examples, folder)));
        listed.Select(folder => folder[..2]).ShouldBeInOrder();
    }

    [Fact]
    public async Task Without_arguments_every_example_runs_in_order_and_as_expected()
    {
        string[] listed = [.. (await Tour("--list")).Lines.Select(line => line.Split('\t')[0])];

        Finished tour = await Tour();

        tour.ShouldSucceed().Lines.Where(line => line.StartsWith("examples/", StringComparison.Ordinal))
            .Select(line => line.Split('，')[0]["examples/".Length..]).ShouldBe(listed);
        tour.Output.ShouldContain("│ parent:memory value 1");
        tour.Output.ShouldNotContain('✗');
        tour.Lines[^1].ShouldBe($"{listed.Length} 个示例全部符合预期。");
    }

    [Theory]
    [InlineData("10")]
    [InlineData("ShmSemaphore")]
    [InlineData("receiver")]
    [InlineData("10-ShmSemaphore/Sender")]
    public async Task One_example_runs_by_its_number_or_name(string wanted)
    {
        Finished tour = await Tour(wanted);

        tour.ShouldSucceed();
        string sent = tour.Lines.Single(line => line.Contains(" send:")), received = tour.Lines.Single(line => line.Contains(" recv:"));
        sent.ShouldStartWith("Sender");
        received.ShouldStartWith("Receiver");
        received.Split(" recv:")[1].ShouldBe(sent.Split(" send:")[1]);
        sent.Split("process:")[1].ShouldNotBe(received.Split("process:")[1]);
        tour.Lines[^1].ShouldBe("1 个示例全部符合预期。");
    }

    [Fact]
    public async Task Two_runs_exchange_different_values()
    {
        Finished[] tours = await Task.WhenAll(Tour("06"), Tour("06"));

        tours.Select(tour => tour.ShouldSucceed().Lines.Single(line => line.Contains(" receive:")).Split(" receive:")[1]).ShouldBeUnique();
    }

    [Fact]
    public async Task Through_a_pipe_it_is_plain_text()
    {
        Finished tour = await Tour("05");

        tour.ShouldSucceed().Output.ShouldNotContain('\u001b');
        tour.Lines.ShouldContain(line => line.StartsWith("AnonymousMapping", StringComparison.Ordinal) && line.EndsWith("│ parent:memory value 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_step_it_waits_for_enter_between_examples()
    {
        Finished tour = await Suite.Command("Tour", "--step", "05", "06").WithStandardInputPipe(PipeSource.FromString("\n")).Finish();

        tour.ShouldSucceed().Lines.Count(line => line.Contains("按 Enter 继续")).ShouldBe(1);
        tour.Lines[^1].ShouldBe("2 个示例全部符合预期。");
    }

    [Fact]
    public async Task With_step_it_can_be_interrupted_while_it_waits_for_enter()
    {
        // 一根没有人写、也不关的管道当标准输入。
        await using var running = new Running(Suite.External("/bin/sh", "-c", "mkfifo \"$1/in\" && exec \"$2\" --step 05 06 <> \"$1/in\"", "sh", _temp.Folder, Suite.Executable("Tour"))
            .WithEnvironmentVariables(e => e.Set("TMPDIR", _temp.Folder)));
        await Eventually.True(() => running.Output.Contains("parent:memory value 1"), "第一站走完");

        running.Send(SIGINT);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGINT);
        Directory.GetDirectories(_temp.Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Help_is_the_usage_line_and_no_failure()
    {
        Finished help = await Tour("--help");

        help.ShouldSucceed().Lines.ShouldHaveSingleItem().ShouldStartWith("用法：Tour");
    }

    [Fact]
    public async Task A_section_number_may_lack_its_zero()
    {
        (await Tour("5")).ShouldSucceed().Output.ShouldContain("parent:memory value 1");
    }

    [Fact]
    public async Task An_unknown_name_is_wrong_usage()
    {
        (await Tour("no-such-example")).ShouldBeWrongUsage();
    }

    [Theory]
    [InlineData("exit 3", "退出码是 3")]
    [InlineData("echo process:$$ recv:something else", "预期的输出是：process:")]
    [InlineData("exit 0", "预期的输出是：process:")]
    public async Task A_broken_example_is_named_and_the_exit_code_is_1(string script, string complaint)
    {
        string tour = CopySuite("Tour", "05-AnonymousMapping", "10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver");
        string receiver = Path.Combine(_temp.Folder, Path.GetRelativePath(Suite.Root, Suite.Executable("10-ShmSemaphore/Receiver")));
        File.WriteAllText(receiver, $"#!/bin/sh\n{script}\n");

        Finished run = await Suite.External(tour, "05", "10").Finish();

        run.ExitCode.ShouldBe(1, run.Output);
        run.Output.ShouldContain(complaint);
        run.Lines[^1].ShouldBe("2 个示例中有 1 个不符合预期。");
    }

    [Fact]
    public async Task An_example_that_was_not_built_is_named_and_the_exit_code_is_1()
    {
        string tour = CopySuite("Tour");

        Finished run = await Suite.External(tour, "05").Finish();

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("先运行 dotnet build");
    }

    [Fact]
    public async Task Ended_half_way_it_ends_its_processes_and_leaves_nothing()
    {
        // 一个只会等的接收方：导览停在它那里。
        string tour = CopySuite("Tour", "10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver");
        string receiver = Path.Combine(_temp.Folder, Path.GetRelativePath(Suite.Root, Suite.Executable("10-ShmSemaphore/Receiver")));
        File.WriteAllText(receiver, "#!/bin/sh\necho \"waiting $2 $1\"\nexec sleep 1000\n");
        Directory.CreateDirectory(_temp["tmp"]);
        await using var running = new Running(Suite.External(tour, "10").WithEnvironmentVariables(e => e.Set("TMPDIR", _temp["tmp"])));
        await Eventually.True(() => running.Output.Contains("waiting") && running.Children.Length > 0, "接收方启动");
        int[] children = running.Children;
        string name = running.Output.Split("waiting")[1].Trim().Split('\n')[0].Trim();

        running.Send(SIGTERM);
        Finished ended = await running.Finish();

        ended.ExitCode.ShouldBe(128 + (int)SIGTERM);
        children.ShouldNotBeEmpty();
        children.ShouldAllBe(pid => !Directory.Exists($"/proc/{pid}"));
        name.ShouldStartWith("/tour-");
        Directory.GetFileSystemEntries("/dev/shm", $"*{name[1..]}*").ShouldBeEmpty();
        Directory.GetFileSystemEntries(_temp["tmp"]).ShouldBeEmpty();
    }

    private static Task<Finished> Tour(params string[] args) => Suite.Run("Tour", args);

    /// <summary>把几个示例的输出照原样搬到临时目录，返回那里的导览。</summary>
    private string CopySuite(params string[] projects)
    {
        foreach (string project in projects)
        {
            string from = Suite.OutputFolder(project), to = Path.Combine(_temp.Folder, Path.GetRelativePath(Suite.Root, from));
            Directory.CreateDirectory(to);
            foreach (string file in Directory.GetFiles(from))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }

        return Path.Combine(_temp.Folder, Path.GetRelativePath(Suite.Root, Suite.Executable("Tour")));
    }
}
