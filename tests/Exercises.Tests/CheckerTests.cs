using System.Text.Json;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;

namespace Exercises.Tests;

public sealed partial class CheckerTests
{
    [Fact]
    public async Task The_first_start_copies_every_exercise_byte_for_byte()
    {
        using var temp = new TempFolder();

        Finished listed = await Checker.Run(temp["my"], "list");

        listed.ShouldSucceed();
        listed.Error.ShouldContain($"复制了 {Checker.Names.Length} 个练习");
        foreach (string name in Checker.Names)
        {
            (await File.ReadAllBytesAsync(Path.Combine(temp["my"], name + ".cs"), TestContext.Current.CancellationToken)).ShouldBe(await File.ReadAllBytesAsync(Checker.Given("exercises", name), TestContext.Current.CancellationToken));
            listed.Output.ShouldContain(name);
        }
    }

    [Fact]
    public async Task A_later_start_leaves_the_students_work_alone()
    {
        using var temp = new TempFolder();
        await Checker.Run(temp.Folder, "list");
        string mine = RandomText.Next(20);
        await File.WriteAllTextAsync(temp["05-offset.cs"], mine, TestContext.Current.CancellationToken);

        await Checker.Run(temp.Folder, "list");

        (await File.ReadAllTextAsync(temp["05-offset.cs"], TestContext.Current.CancellationToken)).ShouldBe(mine);
    }

    [Fact]
    public async Task Reset_restores_one_exercise_byte_for_byte_and_no_other()
    {
        using var temp = new TempFolder();
        await Checker.Run(temp.Folder, "list");
        string mine = RandomText.Next(20);
        await File.WriteAllTextAsync(temp["06-ftruncate.cs"], mine, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(temp["04-exec.cs"], mine, TestContext.Current.CancellationToken);

        (await Checker.Run(temp.Folder, "reset", "06")).ShouldSucceed();

        (await File.ReadAllBytesAsync(temp["06-ftruncate.cs"], TestContext.Current.CancellationToken)).ShouldBe(await File.ReadAllBytesAsync(Checker.Given("exercises", "06-ftruncate"), TestContext.Current.CancellationToken));
        (await File.ReadAllTextAsync(temp["04-exec.cs"], TestContext.Current.CancellationToken)).ShouldBe(mine);
    }

    [Fact]
    public async Task Hints_come_in_two_steps_and_show_no_line_of_the_solution()
    {
        using var temp = new TempFolder();
        int lines = 0;
        foreach (string name in Long.Wanted ? Checker.Names : Checker.Names[..4])
        {
            string first = (await Checker.Run(temp.Folder, "hint", name[..2])).ShouldSucceed().Output;
            string second = (await Checker.Run(temp.Folder, "hint", name[..2], "2")).ShouldSucceed().Output;

            second.ShouldNotBe(first);
            string[] given = await File.ReadAllLinesAsync(Checker.Given("exercises", name), TestContext.Current.CancellationToken);
            string[] solution = [.. (await File.ReadAllLinesAsync(Checker.Given("solutions", name), TestContext.Current.CancellationToken)).Except(given).Select(line => line.Trim()).Where(line => line.Length > 8 && !line.StartsWith("//", StringComparison.Ordinal))];
            lines += solution.Length;
            solution.ShouldAllBe(line => !first.Contains(line) && !second.Contains(line));
        }

        lines.ShouldBeGreaterThan(Long.Wanted ? 20 : 3);
    }

    [Fact]
    public async Task Without_arguments_it_shows_progress_and_the_first_unsolved_exercise_readable_when_piped()
    {
        using var temp = new TempFolder();
        await Checker.Run(temp.Folder, "list");
        temp.Put("01-protection", Checker.Given("solutions", "01-protection"));

        Finished finished = await Checker.Run(temp.Folder);

        finished.ExitCode.ShouldBe(1);
        finished.Output.ShouldContain($"1/{Checker.Names.Length}");
        finished.Output.ShouldContain("02 私有的映射");
        finished.Output.ShouldContain("预期");
        finished.Output.ShouldContain("看到");
        finished.Output.ShouldContain("看哪里");
        finished.Output.ShouldNotContain("\e");
    }

    [Fact]
    public async Task The_report_is_what_the_documentation_shows()
    {
        Long.Only();
        using var temp = new TempFolder();
        temp.Put("02-private", Checker.Given("solutions", "02-private"));
        temp.Put("03-waitpid", Checker.Given("exercises", "03-waitpid"));
        string page = await File.ReadAllTextAsync(Path.Combine(Checker.Tutorial, "teaching.md"), TestContext.Current.CancellationToken);
        using JsonDocument shown = JsonDocument.Parse(JsonBlock().Match(page).Groups[1].Value);

        Finished finished = await Checker.Run(temp.Folder, "report", "--json", temp["report.json"], "02", "03");

        finished.ExitCode.ShouldBe(1);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(temp["report.json"], TestContext.Current.CancellationToken));
        Shape(report.RootElement).ShouldBe(Shape(shown.RootElement));
        report.RootElement.GetProperty("solved").GetInt32().ShouldBe(1);
        report.RootElement.GetProperty("total").GetInt32().ShouldBe(2);
        foreach (JsonElement exercise in report.RootElement.GetProperty("exercises").EnumerateArray())
        {
            exercise.GetProperty("seconds").GetDouble().ShouldBeGreaterThan(0);
            page.ShouldContain($"`{exercise.GetProperty("result").GetString()}`");
        }

        // 各层的字段名，排好序。
        static string Shape(JsonElement root) => string.Join(' ', root.EnumerateObject().Select(p => p.Name).Concat(root.GetProperty("exercises")[0].EnumerateObject().Select(p => p.Name)));
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("run")]
    [InlineData("run", "99")]
    [InlineData("report", "--json")]
    [InlineData("report", "--json", "-", "99")]
    [InlineData("report")]
    [InlineData("list", "--my")]
    [InlineData("hint", "03", "3")]
    [InlineData("judge", "/dev/null")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(params string[] args)
    {
        using var temp = new TempFolder();

        (await Suite.External(Checker.Executable, args).Finish()).ShouldBeWrongUsage();
    }

    [Fact]
    public async Task Where_dev_shm_cannot_be_private_names_left_behind_are_still_found_and_removed_and_others_names_are_left_alone()
    {
        Long.Only();
        using var temp = new TempFolder();
        using var theirs = new ShmName();
        temp.Put("07-unlink", Checker.Given("exercises", "07-unlink"));
        temp.Put("12-ring-buffer", Checker.Given("solutions", "12-ring-buffer"));
        string content = RandomText.Next(20);
        await using var checker = new Running(Checker.Command(temp.Folder, "report", "--json", "-", "07", "12").WithEnvironmentVariables(e => e.Set("CHECK_PRIVATE_SHM", "0")));
        await Eventually.True(() => checker.Children.Length > 0, "学生的程序启动了");
        await File.WriteAllTextAsync(theirs.ObjectFile, content, TestContext.Current.CancellationToken);

        Finished finished = await checker.Finish();

        finished.Output.ShouldContain("忘了 unlink");
        finished.Output.ShouldContain("\"solved\": 1,", customMessage: finished.Output);
        ShouldLeaveNoName(Token().Match(finished.Output).Value);
        (await File.ReadAllTextAsync(theirs.ObjectFile, TestContext.Current.CancellationToken)).ShouldBe(content);
    }

    [Theory]
    [InlineData(Libc.SIGTERM)]
    public async Task Ended_by_a_signal_it_ends_the_students_program_and_leaves_no_name_and_no_file(Signal signal)
    {
        using var temp = new TempFolder();
        string tmp = Directory.CreateDirectory(temp["tmp"]).FullName;
        temp.Put("08-excl", Path.Combine(Checker.Answers, "misbehaving/ignores-sigterm.cs"));
        await using var checker = new Running(Checker.Command(temp.Folder, "run", "08")
            .WithEnvironmentVariables(e => e.Set("CHECK_PRIVATE_SHM", "0").Set("TMPDIR", tmp).Set("DOTNET_EnableDiagnostics", "0")));
        int child = 0;
        await Eventually.True(() => (child = checker.Children.FirstOrDefault(pid => Token().IsMatch(Outside.CommandLine(pid)))) != 0, "学生的程序启动了");
        string token = Token().Match(Outside.CommandLine(child)).Value;

        checker.Send(signal);

        (await checker.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        Directory.Exists($"/proc/{child}").ShouldBeFalse();
        Directory.GetFileSystemEntries(tmp).ShouldBeEmpty();
        ShouldLeaveNoName(token);
    }

    [Fact]
    public async Task One_watch_round_in_a_real_terminal_checks_on_save_and_moves_on()
    {
        using var temp = new TempFolder();
        await Checker.Run(temp.Folder, "list");
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "没有 script 命令，开不出终端");

        // script 开一个伪终端，检查器在里面；它的标准输入就是键盘。
        Running? started = null;
        await using var watching = started = new Running(Suite.External("/usr/bin/script", "-qefc", $"'{Checker.Executable}' watch --my '{temp.Folder}'", "/dev/null").WithStandardInputPipe(CliWrap.PipeSource.Create(async (keyboard, cancelled) =>
        {
            await Eventually.True(() => Screen().Contains("存盘就检查"), "第一次检查");
            temp.Put("01-protection", Checker.Given("solutions", "01-protection"));
            await Eventually.True(() => Screen().Contains("02 私有的映射"), "往下走到 02");
            await keyboard.WriteAsync("h"u8.ToArray(), cancelled);
            await Eventually.True(() => Screen().Contains("再按 h"), "提示");
            await keyboard.WriteAsync("q"u8.ToArray(), cancelled);
        })));
        string Screen() => started?.Output ?? "";

        Finished finished = await watching.Finish();

        finished.Output.ShouldContain("01 映射的保护：解出来了");
        finished.Output.ShouldContain($"1/{Checker.Names.Length}");
        finished.ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task An_exercise_also_runs_by_itself_with_dotnet_run()
    {
        Finished finished = await Suite.External("dotnet", "run", Checker.Given("solutions", "02-private"), "31415").WithEnvironmentVariables(e => e.Set("TMPDIR", null)).Finish();

        finished.ShouldSucceed();
        finished.Output.ShouldContain("父进程：读到 31415");
    }

    [Fact]
    public async Task An_exercise_downloads_no_NativeAOT_packages_when_it_is_run()
    {
        Long.Only();
        // 有了它，还原时要下载三百多 MB，断网就运行不了；单文件程序的默认值是 true。
        Finished finished = await Suite.External("dotnet", "build", Checker.Given("solutions", "02-private"), "-getProperty:PublishAot").WithEnvironmentVariables(e => e.Set("TMPDIR", null)).Finish();

        finished.ShouldSucceed().Output.Trim().ShouldBe("false");
    }

    [Theory]
    [MemberData(nameof(AnswerTests.Names), MemberType = typeof(AnswerTests))]
    public void An_exercise_has_a_head_comment_with_one_TODO_and_the_solution_has_none(string name)
    {
        string exercise = File.ReadAllText(Checker.Given("exercises", name));
        string head = exercise[..exercise.IndexOf("\nusing ", StringComparison.Ordinal)];

        foreach (string part in new[] { "应当怎样", "现在怎样", "看哪一章", "TODO" }) head.ShouldContain(part);
        Regex.Count(exercise, "TODO").ShouldBe(1);
        foreach (Match chapter in Chapter().Matches(head)) File.Exists(Path.Combine(Checker.Tutorial, chapter.Value)).ShouldBeTrue(chapter.Value);
        File.ReadAllText(Checker.Given("solutions", name)).ShouldNotContain("TODO");
    }

    [Theory]
    [MemberData(nameof(AnswerTests.Names), MemberType = typeof(AnswerTests))]
    public void The_tutorials_index_names_the_exercise(string name) =>
        File.ReadAllText(Path.Combine(Checker.Tutorial, "README.md")).ShouldContain($"(exercises/{name}.cs)");

    private static void ShouldLeaveNoName(string token)
    {
        token.ShouldNotBeEmpty();
        Directory.GetFileSystemEntries("/dev/shm").ShouldNotContain(entry => entry.Contains(token));
    }

    // 检查器给的名字里都有它。
    [GeneratedRegex("check-[0-9a-f]{16}-")]
    private static partial Regex Token();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex("[0-9]{2}-[a-z-]+\\.md")]
    private static partial Regex Chapter();
}
