using Examples.Tests.Support;
using Markdig.Syntax.Inlines;

namespace Examples.Tests.Tutorial;

/// <summary>教程里的链接、锚点和图都存在，章节与示例一一对应。</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages() => [.. Page.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_figure_and_anchor_exists(string path)
    {
        foreach (LinkInline link in Page.Read(path).Links)
        {
            string where = $"{path} 第 {link.Line + 1} 行：{link.Url}";
            string url = Uri.UnescapeDataString(link.Url.ShouldNotBeNull());
            if (url.StartsWith("https://", StringComparison.Ordinal))
            {
                Uri.IsWellFormedUriString(link.Url, UriKind.Absolute).ShouldBeTrue(where);
                continue;
            }

            string[] parts = url.Split('#', 2);
            string target = parts[0] == "" ? path : Path.Combine(Path.GetDirectoryName(path)!, parts[0]);
            Path.Exists(Path.Combine(Suite.Root, target)).ShouldBeTrue(where);
            if (parts.Length == 2) Page.Read(target).Anchors.ShouldContain(parts[1], where);
        }
    }

    [Fact]
    public void Every_figure_is_shown_somewhere()
    {
        IEnumerable<string> shown = Page.All.SelectMany(path => Page.Read(path).Links.Where(link => link.IsImage).Select(link => Path.GetFileName(link.Url!)));

        Directory.GetFiles(Path.Combine(Suite.Root, "tutorial/figures")).Select(Path.GetFileName).Except(shown).ShouldBeEmpty();
    }

    [Fact]
    public void Every_example_folder_has_its_chapter_and_every_chapter_its_example()
    {
        IEnumerable<string> examples = Directory.GetDirectories(Path.Combine(Suite.Root, "examples")).Select(folder => Path.GetFileName(folder)[..2]).Distinct().Where(number => char.IsDigit(number[0]));
        // 00 只有图，不对应示例。
        IEnumerable<string> chapters = Page.All.Select(path => Path.GetFileName(path)[..2]).Where(number => char.IsDigit(number[0]) && number != "00");

        chapters.Order().ShouldBe(examples.Order());
    }
}
