using Examples.Tests.Support;

[assembly: AssemblyFixture(typeof(Exercises.Tests.Batch))]

namespace Exercises.Tests;

/// <summary>全部要判定的文件，交给检查器，一个进程二十个：编译器只热几次，比一个答案启动一次快得多。</summary>
/// <remarks>答案一共三百多个。平常只查下面几个，每种判定的办法都有；TESTS_LONG=1 查发下来的全部、解答的全部和更多的答案，EXERCISES_ALL=1 查全部，一刻钟左右。</remarks>
public sealed class Batch : IDisposable
{
    internal const string HandedOut = "given", Solution = "solution", Misspelt = "misspelt", Warned = "warned";

    internal static readonly bool All = Environment.GetEnvironmentVariable("EXERCISES_ALL") == "1";

    // 换值、杀死子进程、调用失败、抢先创建、每一步的次序、同一条语句之内、小的 /dev/shm。
    private static readonly string[] Few =
    [
        "03-waitpid/wrong-spin-then-wait", "07-unlink/wrong-foreign", "08-excl/right-open-first", "09-attach-race/solution", "12-ring-buffer/wrong-getvalue", "16-full/solution",
    ];

    private static readonly HashSet<string> Usual = !Long.Wanted ? [.. Few] :
    [
        .. Few, "03-waitpid/right-poll-slowly", "07-unlink/wrong-late-registration", "08-excl/wrong-stat-then-create", "09-attach-race/wrong-gives-up", "11-lost-updates/right-spinlock",
        "11-lost-updates/wrong-volatile", "11-lost-updates/wrong-plain-when-few", "11-lost-updates/wrong-own-counters", "17-flag/wrong-equal-limit", "20-mailbox/wrong-in-place", "20-mailbox/wrong-unlocked-early",
        "04-exec/right-frees-one-by-one", "07-unlink/right-own-close", "09-attach-race/wrong-peeks-first", "11-lost-updates/right-own-operator", "13-holder-dies/wrong-holds-when-large", "14-pointer/right-local-copies", "16-full/right-fills-own-array",
        "01-protection/right-ref-outlives-mapping", "02-private/right-asks-several-objects", "03-waitpid/wrong-stopped-is-ended", "03-waitpid/wrong-flag-before-value", "07-unlink/right-own-directory", "07-unlink/wrong-spares-only-eexist", "08-excl/wrong-joiner-writes-back", "12-ring-buffer/right-parses-first", "14-pointer/right-span-before-own-call",
    ];

    private readonly TempFolder _folder = new();
    private readonly Lazy<Task<Dictionary<string, Judged>>> _verdicts;

    public Batch() => _verdicts = new(async () =>
    {
        var files = new List<string>();
        foreach ((string exercise, string answer, string text) in Files())
        {
            Directory.CreateDirectory(_folder[exercise]);
            files.Add(Path.Combine(_folder[exercise], answer + ".cs"));
            await File.WriteAllTextAsync(files[^1], text);
        }

        Directory.CreateDirectory(Temp);
        Dictionary<string, Judged> verdicts = await Checker.Judge(files, Temp);
        LeftInTemp = Directory.GetFileSystemEntries(Temp);
        _folder.Dispose();
        return verdicts;
    });

    /// <summary>检查器结束之后，它的 TMPDIR 里还有什么。</summary>
    internal string[] LeftInTemp { get; private set; } = [];

    /// <summary>检查器的 TMPDIR。</summary>
    internal string Temp => _folder["tmp"];

    /// <summary>这一次要查的答案，不含发下来的。</summary>
    internal static IEnumerable<Answer> Chosen(string kind) => Checker.Names.SelectMany(Answer.For).Where(a => a.Name.StartsWith(kind, StringComparison.Ordinal) && (All || Usual.Contains($"{a.Exercise}/{a.Name}")));

    /// <summary>这一次要查发下来的样子的练习：平常四个里查一个。</summary>
    internal static IEnumerable<string> Given => Checker.Names.Where((_, i) => Long.Wanted || i % 4 == 0);

    /// <summary>这一次要查解答的练习：TESTS_LONG=1 是全部。</summary>
    internal static IEnumerable<string> Solved => Checker.Names.Where(name => All || Long.Wanted || Usual.Contains($"{name}/{Solution}"));

    /// <summary>一个文件的判定。</summary>
    internal async Task<Judged> Of(string exercise, string answer) => (await _verdicts.Value)[Path.Combine(_folder[exercise], answer + ".cs")];

    public void Dispose()
    {
        if (!_verdicts.IsValueCreated) _folder.Dispose();
        foreach (string left in MisbehaviourTests.LeftNames())
        {
            if (Directory.Exists(left)) Directory.Delete(left, recursive: true);
            else File.Delete(left);
        }
    }

    private static IEnumerable<(string Exercise, string Answer, string Text)> Files()
    {
        foreach (string name in Given) yield return (name, HandedOut, File.ReadAllText(Checker.Given("exercises", name)));
        foreach (string name in Solved) yield return (name, Solution, File.ReadAllText(Checker.Given("solutions", name)));
        foreach (Answer answer in Chosen("wrong-").Concat(Chosen("right-"))) yield return (answer.Exercise, answer.Name, answer.Text());
        foreach (string behaviour in MisbehaviourTests.Behaviours.Select(row => row.Data.Item1)) yield return ("02-private", behaviour, File.ReadAllText(Path.Combine(Checker.Answers, "misbehaving", behaviour + ".cs")));

        // 失控的之后，照样查下一个；编译错误与警告也在这里。
        string solution = File.ReadAllText(Checker.Given("solutions", "02-private"));
        yield return ("02-private", Misspelt, solution.Replace("MFD_CLOEXEC", "MFD_CLOEXE"));
        yield return ("02-private", Warned, solution.Replace("*memory = 0;", "*memory = 0; int unused = 1; string? text = null; string other = text;"));
    }
}
