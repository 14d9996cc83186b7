using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Markdig.Syntax;

namespace Examples.Tests.Tutorial;

/// <summary>教程里的每个命令都重新运行一遍，输出与印着的一样。</summary>
/// <remarks>用默认的名字，会互相影响，所以不与别的测试同时运行。</remarks>
[Collection(Alone.Name)]
public sealed partial class ConsoleTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    public static TheoryData<string> Pages() => PagesWith(IsRun);

    public static TheoryData<string> PagesInOtherLanguages() => PagesWith(block => Needs(block) is not []);

    public static TheoryData<string> PagesMeasured() => PagesWith(IsMeasured);

    [Theory]
    [MemberData(nameof(Pages))]
    public Task Every_command_prints_what_the_page_shows(string path)
    {
        // 这三章的示例一次要几秒。
        Long.Only(Path.GetFileName(path)[..2] is "11" or "19" or "20");
        return Run(path, IsRun);
    }

    // ```console cc、```console python3、```console cc python3：块里的命令要用到它们，没有就跳过。
    [Theory]
    [MemberData(nameof(PagesInOtherLanguages))]
    public async Task Commands_that_need_cc_or_python3_print_what_the_page_shows(string path)
    {
        FencedCodeBlock[] blocks = [.. Page.Read(path).Blocks("console")];
        foreach (string program in blocks.SelectMany(Needs).Distinct())
        {
            program.ShouldBeOneOf("cc", "python3");
            if (program == "cc") await Native.SkipWithoutCompiler();
            else await Python.Executable();
        }

        await Run(path, block => Needs(block) is not []);
    }

    private async Task Run(string path, Func<FencedCodeBlock, bool> which)
    {
        (string Text, string Pattern, string Shown)[] commands = [.. Page.Read(path).Blocks("console").Where(which).SelectMany(Commands)];

        // 一页的命令在同一个 shell 里依次运行；/dev/shm 尽量用私有的，不碰机器上别人的 /memmap。
        // 仓库和临时目录的路径里可以有空格，所以放在变量里，写成 "$root"/…。
        var script = new StringBuilder("export mark=\"$1\" root=\"$2\" tmp=\"$3\" TMPDIR=\"$3\"\ncd \"$tmp\"\n");
        foreach ((string text, _, _) in commands)
        {
            script.Append(CultureInfo.InvariantCulture, $"{{ {Executable(text)}\n}} 2>&1\necho \"$mark\"\n");
        }

        string mark = Guid.NewGuid().ToString();
        Finished run = await Elsewhere.WithOwnShmIfPossible(script.ToString(), mark, Suite.Root, _temp.Folder);

        string[] printed = run.Output.Replace(_temp.Folder, "/tmp").Split(mark + "\n");
        printed.Length.ShouldBe(commands.Length + 1, run.Output + run.Error);
        for (int i = 0; i < commands.Length; i++)
        {
            Regex.IsMatch(printed[i], commands[i].Pattern).ShouldBeTrue(
                $"{path}：$ {commands[i].Text}\n印着：\n{commands[i].Shown}\n实际：\n{printed[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(PagesMeasured))]
    public void Measured_blocks_say_when_and_where(string path)
    {
        foreach (FencedCodeBlock block in Page.Read(path).Blocks("console").Where(IsMeasured))
        {
            Page.Before(block).ShouldMatch("实测.*20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]", $"{path} 第 {block.Line + 1} 行");
        }
    }

    public static TheoryData<string> PagesWithForms() => PagesWith(block => Forms(block) is not []);

    [Theory]
    [MemberData(nameof(PagesWithForms))]
    public void Every_form_of_a_line_that_varies_fits_a_line_that_is_shown(string path)
    {
        foreach (FencedCodeBlock block in Page.Read(path).Blocks("console"))
        {
            Forms(block).ShouldAllBe(form => Page.Lines(block).Any(line => Fits(line, form)), $"{path} 第 {block.Line + 1} 行");
        }
    }

    private static TheoryData<string> PagesWith(Func<FencedCodeBlock, bool> which) =>
        [.. Page.All.Where(path => Page.Read(path).Blocks("console").Any(which))];

    private static bool IsRun(FencedCodeBlock block) => string.IsNullOrEmpty(block.Arguments);

    private static bool IsMeasured(FencedCodeBlock block) => block.Arguments == "measured";

    private static string[] Needs(FencedCodeBlock block) => IsRun(block) || IsMeasured(block) ? [] : block.Arguments!.Split(' ');

    // 印着的是真的一次运行。每次不同的行是什么样子，写在块前面的注释里，读者看不到：
    // <!-- 每次不同：
    // 子进程 <pid>：映射在 0x<地址>
    // -->
    private static string[] Forms(FencedCodeBlock block)
    {
        int at = block.Parent!.IndexOf(block);
        return at > 0 && block.Parent[at - 1] is HtmlBlock note && note.Lines.ToString().Split('\n') is ["<!-- 每次不同：", .. var forms, "-->"] ? forms : [];
    }

    private static bool Fits(string line, string form) => Regex.IsMatch(line, $"^{Form(form)}$");

    private static IEnumerable<(string, string, string)> Commands(FencedCodeBlock block)
    {
        string[] lines = Page.Lines(block), forms = Forms(block);
        lines[0].ShouldStartWith("$ ");
        for (int i = 0; i < lines.Length;)
        {
            int next = Array.FindIndex(lines, i + 1, line => line.StartsWith("$ ", StringComparison.Ordinal));
            int end = next == -1 ? lines.Length : next;
            yield return (lines[i][2..], Pattern(lines[(i + 1)..end], forms), string.Join('\n', lines[(i + 1)..end]));
            i = end;
        }
    }

    // dotnet run --project X [-- 参数] 换成已经构建好的可执行文件，/tmp 换成本测试的目录，仓库里的文件写全路径。
    private static string Executable(string command)
    {
        string built = DotnetRun().Replace(Tmp().Replace(command, "\"$$tmp\"/"), match => $"\"$root\"/{Path.GetRelativePath(Suite.Root, Suite.Executable(match.Groups[1].Value))}");
        return InRepository().Replace(built, "\"$$root\"/");
    }

    // <……> 单独一行代表省略的若干行。
    private static string Pattern(string[] shown, string[] forms)
    {
        var pattern = new StringBuilder("^");
        foreach (string line in shown)
        {
            pattern.Append(line == "<……>" ? "(.*\n)*?" : Form(forms.FirstOrDefault(form => Fits(line, form)) ?? line) + "\n");
        }

        return pattern.Append('$').ToString();
    }

    // 占位只给必然变化的东西：<pid>、<地址> 等尖括号里的词各代表一段。
    private static string Form(string line) => Placeholder().Replace(Regex.Escape(line), Value);

    private static string Value(Match placeholder) => placeholder.Groups[1].Value switch
    {
        "pid" or "数" => "[0-9]+",
        "地址" => "[0-9a-f]+",
        "小数" => "[0-9]+\\.[0-9]+",
        _ => "\\S.*?",
    };

    [GeneratedRegex(@"dotnet run --project examples/(\S+)(?: --(?= |$))?")]
    private static partial Regex DotnetRun();

    // /var/tmp/ 不算。
    [GeneratedRegex(@"(?<!\w)/tmp/")]
    private static partial Regex Tmp();

    [GeneratedRegex(@"(?<= )(?=(examples|tests)/)")]
    private static partial Regex InRepository();

    [GeneratedRegex("<(pid|数|地址|小数|文字)>")]
    private static partial Regex Placeholder();
}
