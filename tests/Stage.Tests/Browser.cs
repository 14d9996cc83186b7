using Microsoft.Playwright;

namespace Stage.Tests;

/// <summary>系统里的 chromium；没有就跳过测试并说明原因。</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _missing = "";

    public async ValueTask InitializeAsync()
    {
        string? chromium = Names.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        if (chromium == null)
        {
            _missing = "没有 chromium：apt-get install chromium";
            return;
        }

        try
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = chromium,
                Args = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
                Timeout = 120_000,
            });
        }
        catch (PlaywrightException e)
        {
            _missing = $"{chromium} 启动不了：{e.Message.Split('\n')[0]}";
        }
    }

    /// <summary>打开一个网页；控制台说了什么、想访问什么网络，都记下来。</summary>
    public Task<Opened> Open(string page, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, string hash = "") =>
        OpenUrl($"file://{Stages.PageFile(page)}{hash}", scheme, width, height);

    /// <inheritdoc cref="Open"/>
    public async Task<Opened> OpenUrl(string url, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900,
        Func<IBrowserContext, Task>? prepare = null)
    {
        Assert.SkipUnless(_browser != null, _missing);
        IBrowserContext context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        context.SetDefaultTimeout(60_000);
        if (prepare != null) await prepare(context);
        IPage tab = await context.NewPageAsync();
        var opened = new Opened(context, tab);
        tab.Console += (_, message) => opened.Messages.Add($"{message.Type}: {message.Text}");
        tab.PageError += (_, error) => opened.Messages.Add(error);
        tab.Request += (_, request) => opened.Requests.Add(request.Url);
        await tab.GotoAsync(url);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser != null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>打开着的网页。</summary>
public sealed class Opened(IBrowserContext context, IPage tab) : IAsyncDisposable
{
    public IPage Tab => tab;

    public List<string> Messages { get; } = [];

    public List<string> Requests { get; } = [];

    /// <summary>现在在第几个状态。</summary>
    public Task<int> State() => tab.EvaluateAsync<int>("stage.state");

    /// <summary>一个元素的文字。</summary>
    public Task<string> Text(string selector) => tab.Locator(selector).InnerTextAsync();

    public ValueTask DisposeAsync() => new(context.CloseAsync());
}
