using Examples.Tests.Support;

namespace Exercises.Tests;

/// <summary>发下来的、错的答案、写法不同的对的答案：各是什么判定。</summary>
public sealed class AnswerTests(AnswerTests.Verdicts verdicts) : IClassFixture<AnswerTests.Verdicts>
{
    // 每个练习的文字许诺的：发下来的样子错在哪里，判定里看得到。
    private static readonly Dictionary<string, (string Result, string Seen)> Promised = new()
    {
        ["01-protection"] = ("wrong", "AccessViolationException"),
        ["02-private"] = ("wrong", "父进程：读到 0"),
        ["06-ftruncate"] = ("wrong", "SIGABRT"),
        ["05-offset"] = ("wrong", "EINVAL"),
        ["04-exec"] = ("wrong", "EBADF"),
        ["03-waitpid"] = ("wrong", "父进程：读到 0"),
        ["07-unlink"] = ("left-behind", "忘了 unlink"),
        ["08-excl"] = ("wrong", "创建者：存了 333"),
        ["09-attach-race"] = ("wrong", "EINVAL"),
        ["10-semaphore"] = ("wrong", "读到 0"),
        ["11-lost-updates"] = ("wrong", "内存里是"),
        ["12-ring-buffer"] = ("wrong", "取到的是"),
    };

    public static TheoryData<string> Names => [.. Checker.Names];

    public static TheoryData<string, string> Wrong => [.. Checker.Names.SelectMany(name => Chosen(name, "wrong-", 3)).Select(a => (a.Exercise, a.Name))];

    public static TheoryData<string, string> Right => [.. Checker.Names.SelectMany(name => Chosen(name, "right-", 1)).Select(a => (a.Exercise, a.Name))];

    // 答案一共一百多个，平常每题只查三个错的（只打印的总在内）、一个对的；EXERCISES_ALL=1 查全部，几分钟。
    private static bool All => Environment.GetEnvironmentVariable("EXERCISES_ALL") == "1";

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_exercise_as_handed_out_fails_with_the_verdict_its_text_promises(string name)
    {
        Judged judged = await verdicts.Of(name, Verdicts.HandedOut);

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
    }

    [Theory]
    [MemberData(nameof(Right))]
    public async Task A_right_answer_in_another_style_is_accepted(string exercise, string answer)
    {
        Judged judged = await verdicts.Of(exercise, answer);

        judged.ShouldBe(new Judged("solved", "", ""));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_exercise_has_at_least_three_wrong_answers_and_one_right_one(string name)
    {
        string[] answers = [.. Answer.For(name).Select(answer => answer.Name)];

        answers.ShouldBeUnique();
        answers.ShouldContain("wrong-printed");
        answers.Count(answer => answer.StartsWith("wrong-", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(3);
        answers.ShouldContain(answer => answer.StartsWith("right-", StringComparison.Ordinal));
    }

    private static IEnumerable<Answer> Chosen(string name, string kind, int few) =>
        Answer.For(name).Where(answer => answer.Name.StartsWith(kind, StringComparison.Ordinal)).OrderBy(answer => answer.Name != "wrong-printed").Take(All ? int.MaxValue : few);

    /// <summary>检查器一次检查十二个练习，所以把答案凑成几组，每组各练习一个，各启动一次检查器。</summary>
    public sealed class Verdicts : IDisposable
    {
        internal const string HandedOut = "";

        private readonly Dictionary<(string Exercise, string Answer), int> _set = [];
        private readonly TempFolder _sets;
        private readonly Lazy<Task<Dictionary<string, Judged>>>[] _reports;

        public Verdicts()
        {
            (string Name, (string Name, string Text)[] All)[] answers = [.. Checker.Names.Select(name => (name, ((string, string)[])
            [
                (HandedOut, File.ReadAllText(Checker.Given("exercises", name))),
                .. Chosen(name, "wrong-", 3).Concat(Chosen(name, "right-", 1)).Select(answer => (answer.Name, answer.Text())),
            ]))];

            _sets = new TempFolder();
            foreach ((string name, (string, string)[] all) in answers)
            {
                foreach ((int set, (string answer, string text)) in all.Index())
                {
                    Directory.CreateDirectory(_sets[$"{set}"]);
                    File.WriteAllText(Path.Combine(_sets[$"{set}"], name + ".cs"), text);
                    _set[(name, answer)] = set;
                }
            }

            _reports = [.. Enumerable.Range(0, _set.Values.Max() + 1).Select(set => new Lazy<Task<Dictionary<string, Judged>>>(async () =>
                (await Checker.Report(_sets[$"{set}"], _set.Where(of => of.Value == set).Select(of => of.Key.Exercise))).Exercises))];
        }

        internal async Task<Judged> Of(string exercise, string answer) => (await _reports[_set[(exercise, answer)]].Value)[exercise];

        public void Dispose() => _sets.Dispose();
    }
}
