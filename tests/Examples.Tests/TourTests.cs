using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CliWrap;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>导览：把示例作为真实的进程依次运行。</summary>
public sealed partial class TourTests : IDisposable
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
    public async Task Without_arguments_the_articles_three_exchanges_are_shown_in_full_and_every_other_example_in_one_line()
    {
        Long.Only();
        string[][] rows = [.. (await Tour("--list")).Lines.Select(line => line.Split('\t'))];
        string[] exchanges = ["05", "06", "10"];

        Finished tour = await Tour();

        tour.ShouldSucceed();
        tour.Lines.ShouldAllBe(line => Observation.Columns(line) <= Observation.MaxColumns);
        tour.Lines.Where(line => line.StartsWith(Observation.Holds, StringComparison.Ordinal) || line.StartsWith("examples/", StringComparison.Ordinal))
            .Select(line => line.Split(' ', '，') is [Observation.Holds, var number, ..] ? number : line["examples/".Length..][..2])
            .ShouldBe(rows.Select(row => row[0][..2]));
        tour.Lines.Where(line => line.StartsWith(Observation.Holds, StringComparison.Ordinal))
            .ShouldAllBe(line => !exchanges.Contains(line.Substring(2, 2)) && Summary().IsMatch(line));
        foreach (string said in (string[])["│ child:set memory 1", "│ parent:memory value 1", " send:", " receive:", " recv:"])
        {
            tour.Output.ShouldContain(said);
        }

        tour.Output.ShouldNotContain(Observation.Differs);
        tour.Lines[^1].ShouldBe($"{rows.Length} 个示例全部符合预期。");
    }

    [Theory]
    [InlineData("3", "✓ 猜对了：0。", "1 题，猜对 1 题。")]
    [InlineData("1", "✗ 看到的是：0。", "1 题，猜对 0 题。")]
    public async Task A_quiz_asks_first_and_lets_the_output_answer(string guess, string verdict, string score)
    {
        Finished run = await Suite.Command("Tour", "--quiz", "01").WithStandardInputPipe(PipeSource.FromString(guess + "\n")).Finish();

        run.ShouldSucceed();
        run.Output.IndexOf("还没有写入。它占用多少内存？", StringComparison.Ordinal).ShouldBeLessThan(run.Output.IndexOf("A2 ftruncate 到", StringComparison.Ordinal));
        run.Output.ShouldContain(verdict);
        run.Output.ShouldContain(score);
        run.Output.Contains("再读一读：tutorial/01-tmpfs.md").ShouldBe(guess == "1");
    }

    [Fact]
    public async Task Every_quiz_question_finds_its_answer_in_the_output()
    {
        Long.Only();
        Finished run = await Suite.Command("Tour", "--quiz").WithStandardInputPipe(PipeSource.FromString(string.Concat(Enumerable.Repeat("1\n", 50)))).Finish();

        run.ShouldSucceed();
        run.Output.ShouldNotContain("不计分");
        run.Output.Split("你猜是哪个").Length.ShouldBe(14);
    }

    [Fact]
    public async Task A_summary_counts_what_the_example_observed()
    {
        // 一个假的示例，打印两次观察和一行别的。
        string tour = CopySuite("Tour", "01-Tmpfs");
        Replace("01-Tmpfs", "echo '✓ A1 一'; echo '  表格'; echo '· A2 二'");

        // 别的示例这里没有；默认的样子里它们各报告一次，不妨碍 01。
        Finished run = await Suite.External(tour).Finish();

        run.ExitCode.ShouldBe(1);
        run.Lines[0].ShouldMatch("^✓ 01 Tmpfs .* 2 次观察 +[0-9.]+ 秒$");
        run.Lines.ShouldAllBe(line => Observation.Columns(line) <= Observation.MaxColumns);
    }

    [Fact]
    public async Task With_all_every_line_of_every_example_is_shown()
    {
        string tour = CopySuite("Tour", "01-Tmpfs");
        string sentence = $"✓ A1 {RandomText.Next(20)}";
        Replace("01-Tmpfs", $"echo '{sentence}'");

        Finished run = await Suite.External(tour, "--all").Finish();

        run.Lines.ShouldContain(line => line.StartsWith("Tmpfs", StringComparison.Ordinal) && line.EndsWith($"│ {sentence}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_line_carries_the_number_of_the_process_that_wrote_it()
    {
        Finished tour = await Tour("05");

        string child = Writer(tour, "child:set memory 1"), parent = Writer(tour, "parent:memory value 1");
        child.ShouldNotBe(parent);
        Writer(tour, $"子进程 {child}：").ShouldBe(child);
        Writer(tour, $"父进程 {parent}：").ShouldBe(parent);
    }

    [Fact]
    public async Task Lines_of_both_streams_come_in_the_order_in_which_they_were_written()
    {
        string tour = CopySuite("Tour", "01-Tmpfs");
        string[] words = [.. Enumerable.Range(0, 40).Select(_ => RandomText.Next(8))];
        Replace("01-Tmpfs", string.Join('\n', words.Select((word, i) => i % 2 == 0 ? $"echo {word}" : $"(echo {word} >&2)")));

        Finished run = await Suite.External(tour, "01").Finish();

        run.ShouldSucceed().Lines.Where(line => line.Contains("│ ")).Select(line => line.Split("│ ")[1]).ShouldBe(words);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("ShmSemaphore")]
    [InlineData("shmsemaphore")]
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
    public async Task The_picture_in_the_readme_shows_what_it_prints()
    {
        string[] drawn = [.. XDocument.Load(Path.Combine(Suite.Root, "tutorial/figures/tour.svg")).Descendants().Where(part => part.Name.LocalName == "text")
            .GroupBy(text => (string)text.Attribute("y")!).Select(row => Masked(string.Concat(row.Select(text => text.Value))))];

        Finished tour = await Tour("05", "06", "10");

        drawn.ShouldBe(tour.Lines.Where(line => line != "").Select(Masked).Prepend(Masked("$ dotnet run --project examples/Tour -- 05 06 10")));

        // 编号、地址、值和用时每次不同，表格的宽度跟着用时变。
        static string Masked(string line) => Regex.Replace(Regex.Replace(line, @"\s", ""), "0x[0-9a-f]+|[0-9a-f]{12}|[0-9]+([.][0-9])?|─+", "0");
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
    [InlineData("echo process:$$ recv:something else", "应当的输出是：process:")]
    [InlineData("exit 0", "应当的输出是：process:")]
    public async Task A_broken_example_is_named_and_the_exit_code_is_1(string script, string complaint)
    {
        string tour = CopySuite("Tour", "05-AnonymousMapping", "10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver");
        Replace("10-ShmSemaphore/Receiver", script);

        Finished run = await Suite.External(tour, "05", "10").Finish();

        run.ExitCode.ShouldBe(1, run.Output);
        run.Output.ShouldContain(complaint);
        run.Lines[^1].ShouldBe("2 个示例中有 1 个不符合预期。");
    }

    [Fact]
    public async Task An_example_of_which_there_is_neither_program_nor_source_is_named_and_the_exit_code_is_1()
    {
        string tour = CopySuite("Tour");

        Finished run = await Suite.External(tour, "05").Finish();

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("AnonymousMapping 没有构建成：");
        run.Output.ShouldContain("examples/05-AnonymousMapping/AnonymousMapping.csproj");
    }

    [Fact]
    public async Task Sources_are_built_before_they_run_and_only_when_they_changed_and_a_failing_build_is_told_in_words()
    {
        Long.Only();
        // 一个示例的目录，连同旁边的 Posix、Common 和两个 Directory.Build.*：单独拷走也能构建的就是这些。
        string tour = CopySuite("Tour"), examples = _temp["examples"], source = Path.Combine(examples, "05-AnonymousMapping", "Program.cs");
        CopySources("05-AnonymousMapping", "Posix", "Common", "Directory.Build.props", "Directory.Build.targets", "Tour/Examples.targets");
        Command command = Suite.External(tour, "05").WithEnvironmentVariables(e => e
            .Set("DOTNET_EnableDiagnostics", "0").Set("LC_ALL", "C.UTF-8").Set("TMPDIR", _temp.Folder)

            // 编译服务器和 MSBuild 的进程不留到测试之后。
            .Set("UseSharedCompilation", "false").Set("MSBUILDDISABLENODEREUSE", "1"));
        Command withoutDotnet = command.WithEnvironmentVariables(e => e.Set("TMPDIR", _temp.Folder).Set("PATH", "/nonexistent").Set("LC_ALL", "C.UTF-8"));

        Finished first = await command.Finish();
        first.ShouldSucceed().Output.ShouldContain("│ parent:memory value 1");
        first.Error.ShouldContain("构建好 AnonymousMapping（1/1）");

        // 没有改过：连 dotnet 都找不到也能运行。
        Finished second = await withoutDotnet.Finish();
        second.ShouldSucceed().Output.ShouldContain("│ parent:memory value 1");
        second.Error.ShouldBeEmpty();

        // 改过：旧的程序不能再冒充新的。
        File.AppendAllText(source, "// \n");
        Finished stale = await withoutDotnet.Finish();
        stale.ExitCode.ShouldBe(1);
        stale.Output.ShouldContain("dotnet build 启动不了");

        File.AppendAllText(source, "int broken = \n");
        Finished broken = await command.Finish();
        broken.ExitCode.ShouldBe(1);
        broken.Output.ShouldContain("AnonymousMapping 没有构建成：");
        broken.Output.ShouldMatch(@"examples/05-AnonymousMapping/Program\.cs\([0-9]+,[0-9]+\): error CS");
        broken.Output.ShouldNotContain("parent:memory value");
    }

    [Fact]
    public async Task Ended_while_it_builds_it_stops_the_build_and_leaves_no_temporary_file()
    {
        // 一个 dotnet，收到 SIGINT 才结束，像真的一样；导览以为它在构建。
        string tour = CopySuite("Tour"), bin = Directory.CreateDirectory(_temp["bin"]).FullName;
        CopySources("05-AnonymousMapping", "Posix", "Common", "Directory.Build.props", "Directory.Build.targets", "Tour/Examples.targets");
        File.WriteAllText(Path.Combine(bin, "dotnet"), "#!/bin/sh\ntouch \"$TMPDIR/left\"; trap 'exit 1' INT; echo $$ > \"$0.pid\"; while :; do sleep 0.1; done\n");
        File.SetUnixFileMode(Path.Combine(bin, "dotnet"), (UnixFileMode)0b111_000_000);
        Directory.CreateDirectory(_temp["tmp"]);
        await using var running = new Running(Suite.External(tour, "05").WithEnvironmentVariables(e => e
            .Set("LC_ALL", "C.UTF-8").Set("DOTNET_EnableDiagnostics", "0").Set("TMPDIR", _temp["tmp"]).Set("PATH", $"{bin}:{Environment.GetEnvironmentVariable("PATH")}")));
        await Eventually.True(() => File.Exists(_temp["bin/dotnet.pid"]) && File.ReadAllText(_temp["bin/dotnet.pid"]) != "", "构建开始");
        int build = int.Parse(File.ReadAllText(_temp["bin/dotnet.pid"]), System.Globalization.CultureInfo.InvariantCulture);

        running.Send(SIGTERM);
        Finished ended = await running.Finish();

        ended.ExitCode.ShouldBe(128 + (int)SIGTERM, ended.Output);
        ended.Error.ShouldNotContain("强行");
        Outside.IsRunning(build).ShouldBeFalse();
        Directory.GetFileSystemEntries(_temp["tmp"]).ShouldBeEmpty();
    }

    [Fact]
    public void An_examples_project_file_is_one_line_or_says_only_what_is_its_own()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(Suite.Root, "examples"), "*.csproj", SearchOption.AllDirectories).Select(File.ReadAllText)];
        string[] common = ["OutputType", "AllowUnsafeBlocks", "Posix.csproj", "TargetFramework", "Nullable"];

        files.ShouldAllBe(text => common.All(setting => !text.Contains(setting)));
        files.Count(text => text != "<Project Sdk=\"Microsoft.NET.Sdk\" />\n").ShouldBeLessThanOrEqualTo(7);
    }

    [Fact]
    public void No_dead_starter_of_an_example_lies_beside_the_tour_or_the_tests()
    {
        string[] examples = [.. Directory.GetFiles(Path.Combine(Suite.Root, "examples"), "*.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).OfType<string>().Where(name => name != "Tour")];

        foreach (string folder in (string[])[Suite.OutputFolder("Tour"), AppContext.BaseDirectory])
        {
            examples.Where(name => File.Exists(Path.Combine(folder, name)) || File.Exists(Path.Combine(folder, name + ".runtimeconfig.json"))).ShouldBeEmpty(folder);
        }
    }

    [Fact]
    public void VS_Code_starts_every_example_and_one_side_of_a_pair_only_when_the_other_has_ended()
    {
        JsonElement launch = Read("launch.json"), tasks = Read("tasks.json").GetProperty("tasks");
        JsonElement[] configurations = [.. launch.GetProperty("configurations").EnumerateArray()];
        string[] programs = [.. launch.GetProperty("inputs")[0].GetProperty("options").EnumerateArray().Select(option => option.GetProperty("value").GetString()!)];
        Dictionary<string, JsonElement> labels = tasks.EnumerateArray().ToDictionary(task => task.GetProperty("label").GetString()!);

        programs.Select(program => program.Split("/bin/")[0]).ShouldBe(
            Directory.GetFiles(Path.Combine(Suite.Root, "examples"), "*.csproj", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Path.Combine(Suite.Root, "examples"), Path.GetDirectoryName(file)!)).Where(project => project != "Posix"), ignoreOrder: true);
        programs.ShouldAllBe(program => Path.GetFileName(Suite.Executable(program.Split("/bin/", StringSplitOptions.None)[0])) == Path.GetFileName(program));

        // 两边同时启动的组合（compounds）没有；先运行的一边是一个任务，VS Code 等它结束才启动调试。
        launch.TryGetProperty("compounds", out _).ShouldBeFalse();
        foreach ((string first, string then) in new[] { ("06-FileMapping/Writer", "06-FileMapping/Reader"), ("10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver") })
        {
            JsonElement pair = configurations.Single(one => one.GetProperty("program").GetString()!.Contains($"/{then}/"));
            JsonElement before = labels[pair.GetProperty("preLaunchTask").GetString()!];
            before.GetProperty("command").GetString()!.ShouldContain($"/{first}/");
            before.TryGetProperty("isBackground", out _).ShouldBeFalse();
            labels.ShouldContainKey(before.GetProperty("dependsOn").GetString()!);
        }

        static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Suite.Root, ".vscode", file))).RootElement;
    }

    [Fact]
    public async Task Where_the_terminal_ignores_SIGCHLD_it_runs_all_the_same()
    {
        Finished tour = await Suite.External("/bin/sh", "-c", "trap '' CHLD; exec \"$@\"", "sh", Suite.Executable("Tour"), "05", "10").Finish();

        tour.ShouldSucceed().Lines[^1].ShouldBe("2 个示例全部符合预期。");
    }

    [Fact]
    public async Task As_process_1_with_a_terminal_it_runs_all_the_same()
    {
        string enter = string.Join(' ', ["unshare", .. Elsewhere.Unshare, "--pid", "--fork", "--mount-proc", "--kill-child"]);
        Finished probe = await Elsewhere.TryFinish("script", ["-qec", $"{enter} true", "/dev/null"]);
        Assert.SkipUnless(probe.ExitCode == 0, $"这里没有 script，或不能建 PID 命名空间：{probe.Output}{probe.Error}");

        Finished tour = await Suite.External("script", "-qec", $"{enter} '{Suite.Executable("Tour")}' 05 10", "/dev/null").Finish();

        tour.ShouldSucceed().Output.ShouldContain("2 个示例全部符合预期。");
    }

    [Fact]
    public async Task A_slow_example_that_still_computes_is_waited_for()
    {
        Long.Only();
        // 好几秒没有一行输出，可是一直在用 CPU；之后才是真的接收方。
        string tour = CopySuite("Tour", "10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver");
        File.Move(Program("10-ShmSemaphore/Receiver"), Program("10-ShmSemaphore/Receiver") + ".real");
        Replace("10-ShmSemaphore/Receiver", "i=0; while [ $i -lt 6000000 ]; do i=$((i+1)); done; exec \"$0.real\" \"$@\"");

        (await Suite.External(tour, "--patience", "3", "10").Finish()).ShouldSucceed();
    }

    [Theory]
    [InlineData("", "1 秒没有动静，已经请它结束")]
    [InlineData("trap '' TERM; ", "1 秒没有动静，请它结束，它不肯，强行终止了")]
    public async Task A_hanging_example_is_ended_and_what_is_said_about_its_end_is_so(string script, string complaint)
    {
        string tour = CopySuite("Tour", "01-Tmpfs");
        Replace("01-Tmpfs", $"{script}echo started; exec sleep 100000");

        Finished run = await Suite.External(tour, "--patience", "1", "01").Finish();

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain(complaint);
        Outside.IsRunning(int.Parse(Writer(run, "started"), System.Globalization.CultureInfo.InvariantCulture)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    [InlineData(1)]
    public async Task Ended_by_a_signal_it_lets_its_programs_clean_up_grandchildren_too(int number)
    {
        // 父进程和它的子进程各有要清理的东西，收到 SIGTERM 才清理；子进程慢一拍。
        string tour = CopySuite("Tour", "01-Tmpfs");
        Replace("01-Tmpfs", $"""
            cd '{_temp.Folder}'
            touch parent child
            sh -c "trap 'kill \$! ; sleep 0.3; rm child; exit 143' TERM; sleep 100000 & echo child ready; wait" &
            trap "rm parent; exit 143" TERM
            echo parent ready
            wait
            """);
        await using var running = new Running(Suite.External(tour, "01"));
        await Eventually.True(() => running.Output.Contains("parent ready") && running.Output.Contains("child ready"), "两个进程都准备好");

        running.Send((Signal)number);
        Finished ended = await running.Finish();

        ended.ExitCode.ShouldBe(128 + number);
        ended.Error.ShouldContain("它启动的示例都已自己结束");
        File.Exists(_temp["parent"]).ShouldBeFalse();
        File.Exists(_temp["child"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Ended_half_way_it_ends_its_processes_and_leaves_nothing()
    {
        // 一个只会等的接收方：导览停在它那里。
        string tour = CopySuite("Tour", "10-ShmSemaphore/Sender", "10-ShmSemaphore/Receiver");
        Replace("10-ShmSemaphore/Receiver", "echo \"waiting $2 $1\"\nexec sleep 1000");
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

        return Program("Tour");
    }

    /// <summary>搬到临时目录里的一个示例的可执行文件。</summary>
    private string Program(string project) => Path.Combine(_temp.Folder, Path.GetRelativePath(Suite.Root, Suite.Executable(project)));

    /// <summary>把搬过来的示例换成一段 shell。</summary>
    private void Replace(string project, string script)
    {
        File.WriteAllText(Program(project), $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Program(project), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>把 examples 之下的源文件和目录搬到临时目录，不带产物。</summary>
    private void CopySources(params string[] paths)
    {
        string examples = Path.Combine(Suite.Root, "examples");
        foreach (string path in paths.Select(path => Path.Combine(examples, path)))
        {
            IEnumerable<string> files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*", SearchOption.AllDirectories);
            foreach (string file in files.Where(file => !file.Contains("/bin/") && !file.Contains("/obj/")))
            {
                string to = _temp[Path.Combine("examples", Path.GetRelativePath(examples, file))];
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }
        }
    }

    /// <summary>导览说写下含有这段文字的那一行的进程编号。</summary>
    private static string Writer(Finished tour, string text) =>
        tour.Lines.Where(line => line.Contains("│ " + text)).ShouldHaveSingleItem(tour.Output).Split('│')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1];

    [GeneratedRegex("^✓ [0-9]{2} \\w+ .+ (?:[0-9]+ 次观察|值送到了) +[0-9.]+ 秒$")]
    private static partial Regex Summary();
}
