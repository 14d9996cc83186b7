using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;

namespace Exercises.Tests;

/// <summary>发下来的、错的答案、写法不同的对的答案：各是什么判定。</summary>
public sealed class AnswerTests(Batch verdicts)
{
    // 每个练习的文字许诺的：发下来的样子错在哪里，判定里看得到。
    private static readonly Dictionary<string, (string Result, string Seen)> Promised = new()
    {
        ["01-protection"] = ("wrong", "AccessViolationException"),
        ["02-private"] = ("wrong", "共有的内存里没有这个值"),
        ["03-waitpid"] = ("wrong", "父进程：读到"),
        ["04-exec"] = ("wrong", "EBADF"),
        ["05-offset"] = ("wrong", "EINVAL"),
        ["06-ftruncate"] = ("wrong", "SIGABRT"),
        ["07-unlink"] = ("left-behind", "忘了 unlink"),
        ["08-excl"] = ("wrong", "创建者：写入了 333"),
        ["09-attach-race"] = ("wrong", "EINVAL"),
        ["10-semaphore"] = ("wrong", "读到 0"),
        ["11-lost-updates"] = ("wrong", "内存里"),
        ["12-ring-buffer"] = ("wrong", "覆盖了"),
        ["13-holder-dies"] = ("wrong", "检查器杀死了第一个进程"),
        ["14-pointer"] = ("wrong", "是父进程的映射里的地址"),
        ["15-struct"] = ("wrong", "reader：T "),
        ["16-full"] = ("wrong", "SIGABRT"),
        ["17-flag"] = ("wrong", "读到 0"),
        ["18-died"] = ("wrong", "父进程：读到"),
        ["19-two-producers"] = ("wrong", "没有取到的"),
        ["20-mailbox"] = ("wrong", "还没有写"),
    };

    public static TheoryData<string> Names => [.. Checker.Names];

    public static TheoryData<string> Given => [.. Batch.Given];

    public static TheoryData<string> Solved => [.. Batch.Solved];

    public static TheoryData<string, string> Wrong => [.. Batch.Chosen("wrong-").Select(a => (a.Exercise, a.Name))];

    public static TheoryData<string, string> Right => [.. Batch.Chosen("right-").Select(a => (a.Exercise, a.Name))];

    [Theory]
    [MemberData(nameof(Given))]
    public async Task An_exercise_as_handed_out_fails_with_the_verdict_its_text_promises(string name)
    {
        Judged judged = await verdicts.Of(name, Batch.HandedOut);

        judged.Result.ShouldBe(Promised[name].Result, judged.Seen);
        judged.Seen.ShouldContain(Promised[name].Seen);
        judged.Expected.ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_answer_is_rejected_and_told_why(string exercise, string answer)
    {
        Judged judged = await verdicts.Of(exercise, answer);

        judged.Result.ShouldNotBe("solved");
        judged.Result.ShouldNotBe("compile-error", judged.Seen);
        judged.Expected.ShouldNotBeEmpty();
        judged.Seen.ShouldNotBeEmpty();

        // 进程的编号写得出来，不是引擎自己的记号。
        judged.Seen.ShouldNotContain(c => char.GetUnicodeCategory(c) == UnicodeCategory.PrivateUse);

        // 这些调用失败的时候，子进程还没有启动。
        if (Regex.IsMatch(judged.Seen, "父进程的 (ftruncate|posix_fallocate|mmap) 失败了一次")) judged.Seen.ShouldNotContain("没有被等待");
    }

    [Theory]
    [InlineData("11-lost-updates", "wrong-plain-when-few", "读和写之间，另一个走了一步")]
    [InlineData("11-lost-updates", "wrong-own-counters", "两个进程加的不是同一个数")]
    public async Task A_refusal_names_its_own_cause(string exercise, string answer, string cause)
    {
        Long.Only();

        (await verdicts.Of(exercise, answer)).Seen.ShouldContain(cause);
    }

    [Theory]
    [MemberData(nameof(Right))]
    public async Task A_right_answer_in_another_style_is_accepted(string exercise, string answer)
    {
        Judged judged = await verdicts.Of(exercise, answer);

        judged.Result.ShouldBe("solved", judged.Seen);
        judged.Expected.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Solved))]
    public async Task A_solution_is_accepted(string name) => (await verdicts.Of(name, Batch.Solution)).Result.ShouldBe("solved");

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_exercise_has_at_least_three_wrong_answers_and_two_right_ones(string name)
    {
        string[] answers = [.. Answer.For(name).Select(answer => answer.Name)];

        answers.ShouldBeUnique();
        answers.ShouldContain("wrong-printed");
        answers.Count(answer => answer.StartsWith("wrong-", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(3);
        answers.Count(answer => answer.StartsWith("right-", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task Compile_errors_are_shown_as_the_compiler_says_them_with_file_and_line()
    {
        Judged judged = await verdicts.Of("02-private", Batch.Misspelt);
        int line = File.ReadLines(Checker.Given("solutions", "02-private")).TakeWhile(text => !text.Contains("MFD_CLOEXEC")).Count() + 1;

        judged.Result.ShouldBe("compile-error");
        judged.Seen.ShouldContain(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"misspelt.cs({line},"));
        judged.Seen.ShouldContain("error CS0103: The name 'MFD_CLOEXE' does not exist in the current context");
    }

    [Fact]
    public async Task A_students_warnings_stay_warnings() => (await verdicts.Of("02-private", Batch.Warned)).ShouldBe(new Judged("solved", "", ""));
}
