using Examples.Tests.Support;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Examples.Tests.Tutorial;

/// <summary>教程的一页，用 Markdig 读出来。</summary>
internal sealed class Page
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    private Page(string path)
    {
        Path = path;
        Document = Markdown.Parse(File.ReadAllText(System.IO.Path.Combine(Suite.Root, path)), Pipeline);
    }

    /// <summary>相对仓库根目录的路径。</summary>
    public string Path { get; }

    public MarkdownDocument Document { get; }

    /// <summary>各级标题的锚点。</summary>
    public IEnumerable<string?> Anchors => Document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id);

    /// <summary>代码块，按语言。</summary>
    /// <param name="language">csharp、console 等。</param>
    public IEnumerable<FencedCodeBlock> Blocks(string language) => Document.Descendants<FencedCodeBlock>().Where(block => block.Info == language);

    /// <summary>链接和图。</summary>
    public IEnumerable<LinkInline> Links => Document.Descendants<LinkInline>();

    /// <summary>教程的全部页，加上练习的首页和两份 README。</summary>
    public static string[] All { get; } =
    [
        "README.zh-CN.md", "README.md", "tutorial/exercises/README.md",
        .. Directory.GetFiles(System.IO.Path.Combine(Suite.Root, "tutorial"), "*.md").Select(file => System.IO.Path.GetRelativePath(Suite.Root, file)).Order(),
    ];

    public static Page Read(string path) => new(path);

    /// <summary>代码块的各行。</summary>
    public static string[] Lines(LeafBlock block) => [.. block.Lines.ToString().Split('\n')];

    /// <summary>代码块前面那一段的文字，连同其中链接的目标。</summary>
    public static string Before(FencedCodeBlock block)
    {
        ContainerBlock parent = block.Parent!;
        int index = parent.IndexOf(block);
        if (index == 0 || parent[index - 1] is not LeafBlock { Inline: { } inline }) return "";
        return string.Concat(inline.Descendants().Select(part => part switch
        {
            LiteralInline text => text.Content.ToString(),
            CodeInline code => code.Content,
            LinkInline link => link.Url,
            _ => "",
        }));
    }
}
