using System.Text.Json;
using System.Text.RegularExpressions;
using Examples.Tests.Support;

namespace Stage.Tests;

/// <summary>tutorial/stage 下的网页与现在的源文件一致：再演一遍，每个状态都相同。</summary>
public sealed class PageTests
{
    public static TheoryData<string> Pages => [.. Stages.Pages];

    /// <summary>重新走遍一个场景的每个次序：默认只走第一页；TESTS_LONG=1 还走 10 和由读者来走的 12；STAGE_PAGES=1 走全部。</summary>
    public static TheoryData<string> Recorded =>
        [.. Stages.Pages.Where((page, i) => i == 0 || Environment.GetEnvironmentVariable("STAGE_PAGES") == "1" || (Long.Wanted && (page.StartsWith("10") || page.StartsWith("12-attach-race-a"))))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void 网页里的源文件_样式_脚本_与现在的一字不差(string page)
    {
        string html = File.ReadAllText(Stages.PageFile(page));
        foreach (string part in new[] { "page.css", "page.js" }) html.ShouldContain(File.ReadAllText(Path.Combine(Suite.Root, "tutorial/Stage/Page", part)));
        foreach (JsonElement source in Stages.Data(html).GetProperty("parts").EnumerateArray().SelectMany(part => part.GetProperty("sources").EnumerateArray()))
        {
            // 示例的只写文件名，练习的写路径。
            string name = source.GetProperty("name").GetString()!, text = source.GetProperty("text").GetString()!;
            string[] files = name.Contains('/') ? [Path.Combine(Suite.Root, name)] : Directory.GetFiles(Path.Combine(Suite.Root, "examples"), name, SearchOption.AllDirectories);
            files.ShouldContain(file => File.ReadAllText(file) == text, name);
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public async Task 网页与现在走遍次序录下的一样(string page)
    {
        var now = new Recording(await Stages.Record(Stages.Key(page)));

        Read(page).Difference(now).ShouldBeNull("重新写：dotnet run --project tutorial/Stage -- pages");
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public async Task 照随机的次序重新演_每一步都与网页里的相同(string page)
    {
        Long.Only();
        // 默认只抽几个；STAGE_ORDERS=200 多抽一些。
        int count = int.Parse(Environment.GetEnvironmentVariable("STAGE_ORDERS") ?? "4");
        Recording recorded = Read(page);
        int[][] orders = [.. Enumerable.Range(0, count).Select(_ => recorded.RandomOrder())];
        string[] letters = [.. orders.Select(order => string.Concat(order.Select(lane => (char)('A' + lane))))];

        var now = new Recording(await Stages.Record(Stages.Key(page), "--order", string.Join('\n', letters)));

        foreach ((int[] order, string written) in orders.Zip(letters)) recorded.DifferenceAlong(order, now).ShouldBeNull($"次序 {written}");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void 网页至多_1_5_MB_自己就是全部(string page)
    {
        string html = File.ReadAllText(Stages.PageFile(page));

        new FileInfo(Stages.PageFile(page)).Length.ShouldBeLessThan(1_500_000);
        html.ShouldNotContain("src=");
        html.ShouldNotContain("http");
    }

    [Fact]
    public void 第_12_章那张表的每一行_都在由你来走的一页里()
    {
        JsonElement data = Stages.Data(File.ReadAllText(Stages.PageFile("12-attach-race-a.html")));

        string[] endings = Stages.Endings(data);
        endings.Length.ShouldBe(4, string.Join('\n', endings));
        endings.ShouldContain(ending => Regex.IsMatch(ending, "^✓ .*B 退出码 1「shm_open.*ENOENT"));
        endings.ShouldContain(ending => Regex.IsMatch(ending, "^✓ .*B 退出码 1「sem_open.*ENOENT"));
        endings.ShouldContain(ending => Regex.IsMatch(ending, "^✗ .*B 退出码 1「mmap.*st_size 是 0.*EINVAL"));
        endings.ShouldContain(ending => Regex.IsMatch(ending, "^✓ .*B 打印「接收方：读到 yuki"));
        data.GetProperty("lanes").EnumerateArray().ShouldContain(lane => lane.GetProperty("part").GetInt32() == 1 && lane.GetProperty("why").GetString()!.StartsWith("sem_wait"));
    }

    [Fact]
    public async Task 源文件变了_比较就失败_并说出第一处不同()
    {
        Long.Only();
        string page = Stages.Pages[0];
        string html = await File.ReadAllTextAsync(Stages.PageFile(page), TestContext.Current.CancellationToken);
        var changed = new Recording(Stages.Data(html.Replace("memory value 1", "memory value 2")));

        var now = new Recording(await Stages.Record(Stages.Key(page)));

        changed.Difference(now).ShouldNotBeNull().ShouldContain("memory value 2");
        int[] order = changed.RandomOrder();
        changed.DifferenceAlong(order, now).ShouldNotBeNull().ShouldContain("memory value 2");
    }

    private static Recording Read(string page) => new(Stages.Data(File.ReadAllText(Stages.PageFile(page))));
}
