using CliWrap;
using Examples.Tests.Support;

namespace Stage.Tests;

/// <summary>在真正的终端里：tmux 开一个 100 列 30 行的。</summary>
public sealed class TerminalTests : IAsyncLifetime
{
    private readonly string _server = Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName()[..8]);
    private readonly string _temp = Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName());
    private readonly string _folder = Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName());

    public async ValueTask InitializeAsync()
    {
        Long.Only();
        Finished there = await Elsewhere.TryFinish("tmux", ["-V"]);
        Assert.SkipUnless(there.ExitCode == 0, "没有 tmux：apt-get install tmux");
        Directory.CreateDirectory(_folder);
        Directory.CreateDirectory(_temp);
        (await Tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", $"cd {_folder} && TMPDIR={_temp} {Stages.Executable} 10; read end")).ShouldSucceed();
    }

    [Fact]
    public async Task 一个键走一步_退格后退_回车照推荐的次序_s_存下()
    {
        await Shows("第 0 步");
        await Keys("a", "a", "b");
        string three = await Shows("第 3 步   A2B");
        three.Split('\n').ShouldAllBe(line => line.Length <= 100);
        three.ShouldContain("A Sender");
        three.ShouldContain("B Receiver");
        three.ShouldContain("> ");

        await Keys("BSpace");
        await Shows("第 2 步   A2");
        await Keys("Enter");
        await Shows("第 3 步   A3");

        await Keys("s");
        await Shows("存到了 stage-10-A3.txt");
        string saved = await File.ReadAllTextAsync(Path.Combine(_folder, "stage-10-A3.txt"), TestContext.Current.CancellationToken);
        saved.ShouldContain("--order 'A3'");
        saved.ShouldContain("第 3 步 A");

        // Receiver 一直走到不能走：终端说为什么。
        await Keys(["b", "b", "b", "b", "b", "b", "b", "b", "b"]);
        await Shows("B 现在不能走");
        await Keys("q");
        await Eventually.True(() => Directory.GetFileSystemEntries(_temp).Length == 0, "清理干净");
    }

    public async ValueTask DisposeAsync()
    {
        await Tmux("kill-server");
        foreach (string folder in new[] { _folder, _temp }.Where(Directory.Exists)) Directory.Delete(folder, recursive: true);
        File.Delete(_server);
    }

    private async Task<string> Shows(string text)
    {
        string screen = "";
        await Eventually.True(() => (screen = Tmux("capture-pane", "-p").GetAwaiter().GetResult().Output) is var now && now.Contains(text) && now.Contains("q 退出"), $"终端里的「{text}」");
        return screen;
    }

    private async Task Keys(params string[] keys) => (await Tmux(["send-keys", .. keys])).ShouldSucceed();

    private Task<Finished> Tmux(params string[] args) => Suite.External("tmux", ["-S", _server, .. args]).WithEnvironmentVariables(e => e.Set("LC_ALL", "C.UTF-8").Set("TMPDIR", Suite.Temp.FullName).Set("TERM", "xterm-256color")).Finish();
}
