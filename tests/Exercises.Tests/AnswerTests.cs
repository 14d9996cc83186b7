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
        ["03-ftruncate"] = ("wrong", "SIGABRT"),
        ["04-offset"] = ("wrong", "EINVAL"),
        ["05-exec"] = ("wrong", "EBADF"),
        ["06-waitpid"] = ("wrong", "父进程：读到 0"),
        ["07-unlink"] = ("left-behind", "忘了 unlink"),
        ["08-excl"] = ("wrong", "创建者：存了 333"),
        ["09-attach-race"] = ("wrong", "EINVAL"),
        ["10-semaphore"] = ("wrong", "读到 0"),
        ["11-lost-updates"] = ("wrong", "内存里是"),
        ["12-ring-buffer"] = ("wrong", "取到的是"),
    };

    public static TheoryData<string> Names => [.. Checker.Names];

    public static TheoryData<string> Wrong => [.. Checker.Names.SelectMany(name => Chosen(name, "wrong-*.cs", 3))];

    public static TheoryData<string> Right => [.. Checker.Names.SelectMany(name => Chosen(name, "right-*.cs", 1))];

    // 答案一共一百多个，平常每题只查三个错的（只打印的总在内）、一个对的；EXERCISES_ALL=1 查全部，几分钟。
    private static bool All => Environment.GetEnvironmentVariable("EXERCISES_ALL") == "1";

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_exercise_as_handed_out_fails_with_the_verdict_its_text_promises(string name)
    {
        Judged judged = await verdicts.Of(Checker.Given("exercises", name));

        judged.Result.ShouldBe(Promised[name].Result, judged.Seen);
        judged.Seen.ShouldContain(Promised[name].Seen);
        judged.Expected.ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_answer_is_rejected_and_told_why(string answer)
    {
        Judged judged = await verdicts.Of(Path.Combine(Checker.Answers, answer));

        judged.Result.ShouldNotBe("solved");
        judged.Result.ShouldNotBe("compile-error", judged.Seen);
        judged.Expected.ShouldNotBeEmpty();
        judged.Seen.ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Right))]
    public async Task A_right_answer_in_another_style_is_accepted(string answer)
    {
        Judged judged = await verdicts.Of(Path.Combine(Checker.Answers, answer));

        judged.ShouldBe(new Judged("solved", "", ""));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_exercise_has_at_least_three_wrong_answers_and_one_right_one(string name)
    {
        string folder = Path.Combine(Checker.Answers, name);

        Directory.GetFiles(folder, "wrong-*.cs").Length.ShouldBeGreaterThanOrEqualTo(3);
        File.Exists(Path.Combine(folder, "wrong-printed.cs")).ShouldBeTrue();
        Directory.GetFiles(folder, "right-*.cs").ShouldNotBeEmpty();
    }

    private static IEnumerable<string> Chosen(string name, string pattern, int few) =>
        Directory.GetFiles(Path.Combine(Checker.Answers, name), pattern).OrderBy(file => !file.EndsWith("/wrong-printed.cs", StringComparison.Ordinal)).ThenBy(file => file, StringComparer.Ordinal)
            .Take(All ? int.MaxValue : few).Select(file => Path.GetRelativePath(Checker.Answers, file));

    /// <summary>检查器一次检查十二个练习，所以把答案凑成几组，每组各练习一个，各启动一次检查器。</summary>
    public sealed class Verdicts : IDisposable
    {
        private readonly TempFolder _sets = new();
        private readonly Dictionary<string, (int Set, string Name)> _where = [];
        private readonly Lazy<Task<Dictionary<string, Judged>>>[] _reports;

        public Verdicts()
        {
            string[][] answers = [.. Checker.Names.Select(name => (string[])
            [
                Checker.Given("exercises", name),
                .. Chosen(name, "wrong-*.cs", 3).Concat(Chosen(name, "right-*.cs", 1)).Select(answer => Path.Combine(Checker.Answers, answer)),
            ])];
            int sets = answers.Max(a => a.Length);
            for (int set = 0; set < sets; set++)
            {
                Directory.CreateDirectory(_sets[$"{set}"]);
                foreach ((string name, string[] all) in Checker.Names.Zip(answers))
                {
                    if (set >= all.Length) continue;
                    File.Copy(all[set], Path.Combine(_sets[$"{set}"], name + ".cs"));
                    _where[all[set]] = (set, name);
                }
            }

            _reports = [.. Enumerable.Range(0, sets).Select(set => new Lazy<Task<Dictionary<string, Judged>>>(async () => (await Checker.Report(_sets[$"{set}"], Only(set))).Exercises))];

            string[] Only(int set) => [.. _where.Values.Where(w => w.Set == set).Select(w => w.Name)];
        }

        internal async Task<Judged> Of(string answer)
        {
            (int set, string name) = _where[answer];
            return (await _reports[set].Value)[name];
        }

        public void Dispose() => _sets.Dispose();
    }
}
