using CliWrap;
using Examples.Tests.Support;
using Microsoft.Playwright;

namespace Stage.Tests;

/// <summary>教程的网站，在真正的浏览器里：每一页打得开，链接都通，搜得到中文。</summary>
public sealed class SiteTests(Browser browser, Site site) : IClassFixture<Browser>, IClassFixture<Site>
{
    private const int Phone = 390;

    [Fact]
    public async Task 每一页都打得开_链接都通_手机上不横着滚_控制台没有话()
    {
        await using Opened page = await site.Open(browser, "tutorial/README.html");
        page.Tab.Response += (_, response) => { if (response.Status >= 400) page.Messages.Add($"{response.Status} {response.Url}"); };
        var broken = new List<string>();
        foreach (string path in site.Pages)
        {
            await page.Tab.SetViewportSizeAsync(1280, 900);
            await page.Tab.GotoAsync(Site.Url(path), new() { WaitUntil = WaitUntilState.Load });
            if (path.StartsWith("tutorial/", StringComparison.Ordinal)) await page.Tab.Locator("#toc a").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
            broken.AddRange((await Links(page.Tab)).Where(link => !site.Has(link)).Select(link => $"{path}：{link}"));

            await page.Tab.SetViewportSizeAsync(Phone, 800);
            int width = await page.Tab.EvaluateAsync<int>("document.documentElement.scrollWidth");
            if (width > Phone) broken.Add($"{path}：在 {Phone} 像素宽的屏幕上有 {width} 像素宽");
        }

        broken.ShouldBeEmpty();
        page.Messages.ShouldBeEmpty();
        page.Requests.ShouldAllBe(url => url.StartsWith(Site.Url(""), StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("信号量 初值", "信号量")]
    [InlineData("shm_unlink", "shm_unlink")]
    [InlineData("脏页", "msync")]
    public async Task 搜索找得到中文的词_也找得到调用的名字(string words, string title)
    {
        await using Opened page = await site.Open(browser, "tutorial/README.html");

        await page.Tab.Locator("#search-query:not([disabled])").FillAsync(words);

        await page.Tab.Locator("#search-results .sr-item").First.WaitForAsync();
        string[] titles = [.. await page.Tab.Locator("#search-results .sr-item .item-title").AllInnerTextsAsync()];
        titles.ShouldContain(found => found.Contains(title));
        page.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task 一章的末尾有上一章和下一章_讲到舞台的地方就是舞台()
    {
        await using Opened page = await site.Open(browser, "tutorial/10-shm-semaphore.html");

        (await page.Tab.Locator("#nextArticle .prev a").GetAttributeAsync("href"))!.ShouldEndWith("09-shm-unlink.html");
        (await page.Tab.Locator("#nextArticle .next a").GetAttributeAsync("href"))!.ShouldEndWith("11-why-not-fork.html");
        IFrameLocator stage = page.Tab.FrameLocator("iframe.stage");
        await page.Tab.Locator("iframe.stage").ScrollIntoViewIfNeededAsync();
        await Assertions.Expect(stage.Locator("#position")).ToContainTextAsync("第 0 / ", new() { Timeout = 60_000 });
    }

    [Theory]
    [InlineData(ColorScheme.Dark, "dark")]
    [InlineData(ColorScheme.Light, "light")]
    public async Task 深色与浅色跟着系统走(ColorScheme scheme, string theme)
    {
        await using Opened page = await site.Open(browser, "tutorial/01-tmpfs.html", scheme);

        (await page.Tab.Locator("html").GetAttributeAsync("data-bs-theme")).ShouldBe(theme);
    }

    // 本站之内的链接，连同页内的位置；页内的位置不在，就写成 #。
    private static Task<string[]> Links(IPage tab) => tab.EvaluateAsync<string[]>("""
        () => [...document.querySelectorAll('article a[href], nav a[href]')].filter(a => a.origin === location.origin).map(a =>
            a.pathname === location.pathname && a.hash && !document.getElementById(decodeURIComponent(a.hash.slice(1))) ? '#' + a.hash : decodeURIComponent(a.pathname))
        """);
}

/// <summary>docfx 写出的网站，由浏览器直接从目录里取：不经过网络，也不占端口。没有 docfx 就跳过测试并说明原因。</summary>
public sealed class Site : IAsyncLifetime
{
    private const string Origin = "http://localhost/";
    private readonly TempFolder _folder = new();
    private string _missing = "";

    /// <summary>网站里的页面，不含舞台，也不含只管转到目录的首页。</summary>
    public IEnumerable<string> Pages => Directory.GetFiles(_folder["site"], "*.html", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(_folder["site"], file)).Where(path => !path.Contains("stage/") && !path.EndsWith("toc.html", StringComparison.Ordinal) && path != "index.html").Order(StringComparer.Ordinal);

    public async ValueTask InitializeAsync()
    {
        // dotnet 和 docfx 在临时目录里留下的，随着网站一起删掉。
        if (!Long.Wanted) _missing = Long.Why;
        if (_missing != "") return;
        Command At(params string[] args) => Suite.External("dotnet", args).WithWorkingDirectory(Suite.Root).WithEnvironmentVariables(e => e.Set("TMPDIR", _folder.Folder));
        Finished restored = await At("tool", "restore").Finish();
        if (restored.ExitCode != 0) _missing = $"docfx 装不了：{restored.Output}{restored.Error}";
        if (_missing != "") return;
        (await At("docfx", "tutorial/docfx.json", "-o", _folder["site"], "--warningsAsErrors").Finish()).ShouldSucceed();
    }

    public static string Url(string path) => Origin + path;

    public bool Has(string path) => File.Exists(_folder["site"] + path) || (path.EndsWith('/') && File.Exists(_folder["site"] + path + "index.html"));

    /// <summary>在浏览器里打开网站的一页。</summary>
    public Task<Opened> Open(Browser browser, string path, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipUnless(_missing == "", _missing);
        return browser.OpenUrl(Url(path), scheme, prepare: context => context.RouteAsync($"{Origin}**", Answer));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task Answer(IRoute route)
    {
        string path = Uri.UnescapeDataString(new Uri(route.Request.Url).AbsolutePath);
        // Playwright 按文件名认得别的类型，不认得 svg。
        string? type = path.EndsWith(".svg", StringComparison.Ordinal) ? "image/svg+xml" : null;
        return route.FulfillAsync(Has(path) ? new() { Path = _folder["site"] + path, ContentType = type } : new() { Status = 404 });
    }
}
