using Examples.Tests.Support;
using Markdig.Syntax;

namespace Examples.Tests.Tutorial;

/// <summary>教程里的 C#、C、Python 代码逐字取自源文件。</summary>
public sealed class SourceTests
{
    private static readonly string[] Ellipses = ["// …", "# …"];

    public static TheoryData<string> Pages() => [.. Page.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_csharp_c_and_python_block_stands_word_for_word_in_the_source_it_names(string path)
    {
        Page page = Page.Read(path);
        foreach (FencedCodeBlock block in page.Blocks("csharp").Concat(page.Blocks("c")).Concat(page.Blocks("python")))
        {
            // 对照页里的 C 是文章的写法，只为与下面的 C# 并排，不取自哪个文件。
            if (block.Info == "c" && string.IsNullOrEmpty(block.Arguments) && path == "tutorial/c-to-csharp.md") continue;

            // ```csharp examples/…/Program.cs：块的第一行说出源文件，前面一段也要让读者看到它。
            string source = block.Arguments ?? "";
            string where = $"{path} 第 {block.Line + 1} 行";
            File.Exists(Path.Combine(Suite.Root, source)).ShouldBeTrue($"{where}：没有源文件 \"{source}\"");
            Page.Before(block).ShouldContain(source, customMessage: $"{where}：前面一段没有提到源文件");
            Missing(Page.Lines(block), File.ReadAllLines(Path.Combine(Suite.Root, source))).ShouldBeNull($"{where}：这一段不在 {source} 里");
        }
    }

    /// <summary>在源文件里依次找各段；省略行分开的各段在源文件里也要按同样的先后。</summary>
    /// <returns>第一个找不到的段；都找到为 null。</returns>
    private static string? Missing(string[] block, string[] source)
    {
        int from = 0;
        foreach (string[] segment in Split(block))
        {
            int at = Enumerable.Range(from, Math.Max(0, source.Length - segment.Length - from + 1)).FirstOrDefault(i => Matches(segment, source.AsSpan(i, segment.Length)), -1);
            if (at == -1) return string.Join('\n', segment);
            from = at + segment.Length;
        }

        return null;
    }

    private static IEnumerable<string[]> Split(string[] block)
    {
        var segment = new List<string>();
        foreach (string line in block.Append(Ellipses[0]))
        {
            if (!Ellipses.Contains(line.Trim()))
            {
                segment.Add(line);
            }
            else if (segment.Count > 0)
            {
                yield return [.. segment];
                segment.Clear();
            }
        }
    }

    // 只允许整段去掉同样的缩进。
    private static bool Matches(string[] segment, ReadOnlySpan<string> source)
    {
        string first = segment[0];
        if (!source[0].EndsWith(first, StringComparison.Ordinal)) return false;
        string indent = source[0][..^first.Length];
        if (indent.Trim().Length > 0) return false;
        for (int i = 0; i < segment.Length; i++)
        {
            if (segment[i].Length == 0 ? source[i].Trim().Length > 0 : source[i] != indent + segment[i]) return false;
        }

        return true;
    }
}
