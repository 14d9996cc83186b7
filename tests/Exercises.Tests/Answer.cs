using System.Text.RegularExpressions;

namespace Exercises.Tests;

/// <summary>一个答案。写法不同的是整个文件 <c>answers/练习/名字.cs</c>；只改几行的是 <c>answers/练习.diff</c> 里的一段。</summary>
/// <param name="Exercise">练习，例如 02-private。</param>
/// <param name="Name">名字，以 right- 或 wrong- 开头，说它应当得到什么判定。</param>
/// <param name="Body">整个文件，或怎样改。</param>
/// <param name="Base">从哪一份改：exercises 或 solutions；整个文件的是 null。</param>
/// <remarks>
/// .diff 里的一段以 <c>@@ 从哪一份改 名字 @@ 错在哪里</c> 开头，之后每处改动是连着的几行，空一行再是下一处：
/// <c>- </c> 是原来的，<c>+ </c> 是改成的，两个空格是不改的、用来认位置的。原来的可以只写一行里的一截，但必须恰好找得到一处。
/// </remarks>
internal sealed partial record Answer(string Exercise, string Name, string Body, string? Base)
{
    /// <summary>一个练习的全部答案，按名字排。</summary>
    public static Answer[] For(string exercise)
    {
        string folder = Path.Combine(Checker.Answers, exercise);
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.cs") : [];
        var whole = files.Select(file => new Answer(exercise, Path.GetFileNameWithoutExtension(file), File.ReadAllText(file), null));
        var edited = Parse(exercise, File.ReadAllText(folder + ".diff"));
        return [.. whole.Concat(edited).OrderBy(answer => answer.Name, StringComparer.Ordinal)];
    }

    /// <summary>一个 .diff 文件里的各段。</summary>
    public static IEnumerable<Answer> Parse(string exercise, string diff) => SectionStart().Split(diff).Skip(1).Select(section =>
    {
        Match head = Head().Match(section);
        if (!head.Success) throw new InvalidDataException($"{exercise}.diff：看不懂 @@ {section.Split('\n')[0]}");
        return new Answer(exercise, head.Groups[2].Value, section[head.Length..], head.Groups[1].Value);
    });

    /// <summary>答案的全文，交给检查器编译。</summary>
    public string Text() => Base == null ? Body : Edit(File.ReadAllText(Checker.Given(Base, Exercise)));

    /// <summary>照着改。</summary>
    /// <param name="given">原来的全文。</param>
    /// <exception cref="InvalidDataException">有一处找不到，或不止一处。</exception>
    public string Edit(string given)
    {
        // 位置都在原来的全文里找，再从后往前改：一处改成的，不会被另一处当作原来的。
        var places = new List<(int At, int Length, string Text)>();
        foreach (string[] edit in Body.Trim('\n').Split("\n\n").Select(edit => edit.Split('\n')))
        {
            if (edit.Any(line => line[0] is not ('-' or '+' or ' '))) throw new InvalidDataException($"{Exercise} {Name}：看不懂\n{string.Join('\n', edit)}");
            string old = Join(edit, '+'), changed = Join(edit, '-');
            int at = given.IndexOf(old, StringComparison.Ordinal);
            if (old == "" || at == -1 || given.IndexOf(old, at + 1, StringComparison.Ordinal) != -1)
            {
                throw new InvalidDataException($"{Exercise} {Name}：原来的应当恰好有一处，{(at == -1 ? "没有找到" : "不止一处")}：\n{old}");
            }

            places.Add((at, old.Length, changed));
        }

        return places.OrderByDescending(place => place.At).Aggregate(given, (text, place) => text.Remove(place.At, place.Length).Insert(place.At, place.Text));
    }

    private static string Join(string[] edit, char except) =>
        string.Join('\n', edit.Where(line => line[0] != except).Select(line => line.Length > 2 ? line[2..] : ""));

    [GeneratedRegex("^@@ ", RegexOptions.Multiline)]
    private static partial Regex SectionStart();

    [GeneratedRegex("^(exercises|solutions) ((?:right|wrong)-[a-z0-9-]+) @@ .+\n")]
    private static partial Regex Head();
}
