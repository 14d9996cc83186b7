using Deque.AxeCore.Playwright;
using Examples.Tests.Support;
using Microsoft.Playwright;

namespace Stage.Tests;

/// <summary>网页在真正的浏览器里：读者决定谁先走。</summary>
public sealed class BrowserTests(Browser browser) : IClassFixture<Browser>
{
    private const string Ten = "10-shm-semaphore.html";

    public static TheoryData<string> Pages => [.. Stages.Pages];

    [Fact]
    public async Task 用键盘走_字母放一个进程走_箭头前后_Home_和_End()
    {
        await using Opened page = await browser.Open(Ten);

        await page.Tab.Keyboard.PressAsync("a");
        (await page.Text("#order")).ShouldBe("次序 A");
        await page.Tab.Keyboard.PressAsync("b");
        (await page.Text("#order")).ShouldBe("次序 AB");
        int there = await page.State();
        await page.Tab.Keyboard.PressAsync("ArrowLeft");
        (await page.Text("#order")).ShouldBe("次序 A");
        await page.Tab.Keyboard.PressAsync("ArrowRight");
        (await page.State()).ShouldBe(there);
        await page.Tab.Keyboard.PressAsync("Home");
        (await page.State()).ShouldBe(0);
        await page.Tab.Keyboard.PressAsync("End");
        (await page.State()).ShouldBe(there);
        await page.Tab.Keyboard.PressAsync("Backspace");
        (await page.Text("#position")).ShouldBe("第 1 / 2 步");
        page.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task 相隔很远的整数_和谁的编号_网页也写出来()
    {
        Long.Only();
        int offset = Random.Shared.Next(24, 127) * 4, value = Random.Shared.Next(1, 1 << 24);
        long big = Random.Shared.NextInt64(1L << 56, long.MaxValue);
        using var temp = new TempFolder();
        string file = temp["apart.html"];
        (await Stages.Run(Stages.Program("apart"), "{name}", $"{offset}", $"{value}", $"{big}", "--html", file)).ShouldSucceed();
        await using Opened page = await browser.OpenUrl($"file://{file}");

        // 打开、大小、映射、三次写入；停在删除名字之前。
        for (int i = 0; i < 6; i++) await page.Tab.Keyboard.PressAsync("a");

        (await page.Text(".cards")).ShouldContain($"第 0 字节起的整数 A 的编号，+{offset}：{value}，+512：{big}");
        page.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task 只用_Tab_和回车_也走得了()
    {
        Long.Only();
        await using Opened page = await browser.Open(Ten);

        for (int i = 0; i < 40 && await page.Tab.EvaluateAsync<string>("document.activeElement.parentElement?.id ?? ''") != "go"; i++) await page.Tab.Keyboard.PressAsync("Tab");
        await page.Tab.Keyboard.PressAsync("Enter");

        (await page.Text("#order")).ShouldBe("次序 A");
        (await page.Text("#change")).ShouldMatch(@"^A 走了第 \d+ 行 string name = .*A 的 name：""/memmap""");
    }

    [Fact]
    public async Task 用按钮走_走不了的按不下去_并说为什么()
    {
        await using Opened page = await browser.Open(Ten);
        ILocator left = page.Tab.Locator("#go button").Nth(0), right = page.Tab.Locator("#go button").Nth(1);

        while (await CanPress(right)) await right.ClickAsync();

        // Receiver 先走完：对象还不存在，它报错退出。
        (await right.InnerTextAsync()).ShouldContain("退出码 1");
        (await page.Text(".lane-1 .out")).ShouldContain("先运行 Sender");
        await left.ClickAsync();
        (await page.Tab.Locator(".lane-0 .source .now").CountAsync()).ShouldBeGreaterThan(0);
        page.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task 按着的按钮变成不能走_焦点还在它上面_再按就说它在等什么()
    {
        Long.Only();
        await using Opened page = await browser.Open(Ten, hash: "#A10B6");
        ILocator right = page.Tab.Locator("#go button").Nth(1);

        await right.FocusAsync();
        await page.Tab.Keyboard.PressAsync("Enter");
        (await CanPress(right)).ShouldBeFalse();
        await page.Tab.Keyboard.PressAsync("Enter");

        (await page.Text("#change")).ShouldBe("B 现在不能走：睡在 sem_wait，信号量 /memmap_sem。");
        (await page.Text("#order")).ShouldBe("次序 A10B7");
        (await page.Tab.EvaluateAsync<bool>("document.activeElement === document.querySelectorAll('#go button')[1]")).ShouldBeTrue();
    }

    [Fact]
    public async Task 信号量在共享内存里_也看得到值和等待者_不是一串整数()
    {
        Long.Only();
        await using Opened page = await browser.Open("13-lost-updates.html");
        await page.Tab.Keyboard.PressAsync("End");
        for (int i = 0; i < 200 && !(await page.Text("#go")).Contains("睡在 sem_wait，信号量 memfd:lost-updates+0"); i++) await page.Tab.Keyboard.PressAsync("ArrowLeft");

        string shared = await page.Text(".shared");
        shared.ShouldContain("memfd:lost-updates 的第 0 字节起");
        shared.ShouldContain("值 0");
        shared.ShouldContain("等待者 1");
    }

    [Fact]
    public async Task 推荐的次序走到底_消息送到_途中看得到_Receiver_睡着而大小是_0()
    {
        await using Opened page = await browser.Open(Ten);
        var steps = new List<string>();

        for (ILocator forward = page.Tab.Locator("#forward"); await CanPress(forward);)
        {
            await forward.ClickAsync();
            steps.Add(await page.Text("#stage"));
        }

        steps.ShouldContain(step => step.Contains("睡在 sem_wait") && step.Contains("大小 0 字节"));
        (await page.Text(".lane-1 .out")).ShouldContain("recv:yuki...");
        (await page.Text(".shared")).ShouldContain("现在什么也没有");
        (await page.Text("#change")).ShouldContain("都走完了");
    }

    [Fact]
    public async Task 滑块到哪一步_看到的就是哪一步()
    {
        await using Opened page = await browser.Open(Ten);

        await page.Tab.Locator("#slider").FillAsync("7");

        (await page.Text("#position")).ShouldStartWith("第 7 /");
        (await page.Tab.Locator("#slider").GetAttributeAsync("aria-valuetext")).ShouldNotBeNull().ShouldStartWith("第 7 步");
        int there = await page.State();
        for (int i = 0; i < 7; i++) await page.Tab.Locator("#back").ClickAsync();
        for (int i = 0; i < 7; i++) await page.Tab.Locator("#forward").ClickAsync();
        (await page.State()).ShouldBe(there);
    }

    // README 和第 10 章给出的两个地址。
    [Theory]
    [InlineData("A19B7", "sem_post(sem)")]
    [InlineData("A10B7", "ftruncate(fd, size)")]
    public async Task 地址里的次序_打开就到那里_Receiver_睡着(string order, string next)
    {
        Long.Only();
        await using Opened page = await browser.Open(Ten, hash: "#" + order);

        (await page.Text("#order")).ShouldBe("次序 " + order);
        ILocator buttons = page.Tab.Locator("#go button");
        (await buttons.Nth(0).InnerTextAsync()).ShouldContain(next);
        (await buttons.Nth(1).InnerTextAsync()).ShouldContain("睡在 sem_wait");

        // 自己走到的最后一步不说一共几步：后面还走得下去。
        (await page.Text("#position")).ShouldBe($"第 {int.Parse(order[1..3], System.Globalization.CultureInfo.InvariantCulture) + 7} 步");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task 深色与浅色都合无障碍的规则_也能手工换(ColorScheme scheme)
    {
        Long.Only();
        await using Opened page = await browser.Open(Ten, scheme: scheme, hash: "#A9B4");
        string theme = await page.Tab.EvaluateAsync<string>("document.documentElement.dataset.theme");
        theme.ShouldBe(scheme == ColorScheme.Dark ? "dark" : "light");

        (await page.Tab.RunAxe()).Violations.ShouldBeEmpty();

        string before = await page.Tab.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        await page.Tab.Locator("#theme").ClickAsync();
        (await page.Tab.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor")).ShouldNotBe(before);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task 手机的宽度_不用左右拖_按钮在屏幕里(string name)
    {
        Long.Only(name != Ten);
        await using Opened page = await browser.Open(name, width: 390, height: 844);
        await page.Tab.Keyboard.PressAsync("End");

        (await page.Tab.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
        await page.Tab.EvaluateAsync("scrollTo(0, 900)");
        LocatorBoundingBoxResult box = (await page.Tab.Locator("#back").BoundingBoxAsync()).ShouldNotBeNull();
        box.Y.ShouldBeInRange(0, 844);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task 每个状态都去一次_没有一个出错_不访问网络(string name)
    {
        Long.Only(name != Ten);
        await using Opened page = await browser.Open(name);

        // 从开头按广度优先给每个状态一条路，一个一个去。
        int visited = await page.Tab.EvaluateAsync<int>("""
            () => {
              const states = stage.data.states, paths = new Map([[0, []]]);
              for (const [state, path] of paths) states[state][2].forEach((next, lane) => { if (next >= 0 && !paths.has(next)) paths.set(next, [...path, lane]); });
              let visited = 0;
              for (const [state, path] of paths) { stage.jump(path, path.length); if (stage.state === state) visited++; }
              return visited === states.length ? visited : -visited;
            }
            """);

        visited.ShouldBeGreaterThan(20);
        page.Messages.ShouldBeEmpty();
        page.Requests.ShouldBe([$"file://{Stages.PageFile(name)}"]);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task 每种结局都看得到_说要出错的那一个真的出错(string name)
    {
        Long.Only(name != Ten);
        await using Opened page = await browser.Open(name);
        ILocator endings = page.Tab.Locator("#ending-list button");
        int count = await endings.CountAsync();
        count.ShouldBeGreaterThan(0);

        for (int i = 0; i < count; i++)
        {
            await endings.Nth(i).ClickAsync();

            // 停在看得出不对的那一步：有进程死了、报错了，或者打印了不对的。
            if (await CanPress(page.Tab.Locator("#forward"))) (await page.Text("#change")).ShouldMatch("死于 SIG|结束，退出码 [1-9]|打印「");
            await page.Tab.Keyboard.PressAsync("End");
            (await page.Tab.Locator("#go [aria-disabled=false]").CountAsync()).ShouldBe(0);
        }

        if (await page.Tab.Locator("#break").IsVisibleAsync())
        {
            await page.Tab.Locator("#break").ClickAsync();
            (await page.Text("#ending-list li:first-child > span")).ShouldStartWith("✗");
            (await page.Text("#ending-list li:first-child .reached")).ShouldBe("走到过");
            await page.Tab.Keyboard.PressAsync("End");
            (await page.Text("#change")).ShouldContain("都走完了，或都不能走了：✗");
            (await page.Tab.Locator("#go [aria-disabled=false]").CountAsync()).ShouldBe(0);
        }
    }

    private static async Task<bool> CanPress(ILocator button) => await button.GetAttributeAsync("aria-disabled") == "false";
}
