// 舞台：真实的几个进程，一次走一步，由你决定谁先走。
//
//     dotnet run --project tutorial/Stage -- 10                                   在终端里走
//     dotnet run --project tutorial/Stage -- tutorial/my/09-attach-race.cs [参数 …]
//     dotnet run --project tutorial/Stage -- 10 --order A5B3                      先照这个次序走
//     dotnet run --project tutorial/Stage -- 10 --html 文件                       走遍每个次序，写成一个网页
//     dotnet run --project tutorial/Stage -- 10 --against 文件 --orders 200       再走一遍，与网页比较
//     dotnet run --project tutorial/Stage -- pages                                写出 tutorial/stage 下的全部网页
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Engine;
using Stage;

List<string> rest = [.. args];
string? order = Option("--order"), html = Option("--html"), against = Option("--against"), orders = Option("--orders");
string root = FindRoot();
Scene[] scenes = rest switch
{
    ["pages"] => Scene.All,
    [var key] when Scene.All.FirstOrDefault(s => s.Key == key) is { } known => [known],
    [var file, .. var own] when file.EndsWith(".cs", StringComparison.Ordinal) && File.Exists(file) => [Scene.OfFile(file, [.. own])],
    _ => [],
};
if (scenes.Length == 0 || (order != null && !Order.IsValid(order)) || (orders != null && (against == null || !int.TryParse(orders, out _))))
{
    Console.Error.WriteLine($"用法：Stage {string.Join('|', Scene.All.Select(s => s.Key))}|文件.cs [参数 …] [--order A5B3] [--html 文件 | --against 文件 [--orders 个数]]，或 Stage pages");
    return 2;
}

Sandbox.EnterOrStay();
Sandbox.Prepare();
using var signals = new Leaving();
try
{
    foreach (Scene scene in scenes)
    {
        Part[] parts = scene.Compile(root);
        if (rest is ["pages"]) Write(scene, parts, Path.Combine(root, "tutorial/stage", scene.PageName));
        else if (html != null) Write(scene, parts, html);
        else if (against != null) Compare(scene, parts, against);
        else Arena.Enter(() => Terminal.Play(scene, parts, order));
    }

    return 0;
}
catch (Exception e) when (e is CompileException or Different || e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    Sandbox.Leave();
}

JsonObject Record(Scene scene, Part[] parts)
{
    var recorder = new Recorder(parts, most: 20_000, TimeSpan.FromMinutes(20));
    var clock = Stopwatch.StartNew();
    bool shows = !Console.IsErrorRedirected;
    recorder.Record(Environment.ProcessorCount, r =>
    {
        if (shows) Console.Error.Write($"\r{scene.Key}：演了 {r.Runs} 次，{r.States.Count} 个状态，{r.Next.Sum(n => n.Count)} 步  ");
    });
    if (shows) Console.Error.WriteLine();
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scene.Key}：{recorder.Runs} 次，{recorder.States.Count} 个状态，{recorder.Next.Sum(n => n.Count)} 步，{clock.Elapsed.TotalSeconds:0.0} 秒{(recorder.IsComplete ? "" : "；到了上限，没有走完")}"));
    if (recorder.Disagreements is [var first, ..]) throw new Different($"同一个状态再走一步，到了不同的状态（{recorder.Disagreements.Count} 次），第一次：\n{first}");
    return Page.Data(scene, parts, recorder);
}

void Write(Scene scene, Part[] parts, string file)
{
    string page = Page.Html(Record(scene, parts));
    File.WriteAllText(file, page);
    Console.WriteLine($"{file}：{System.Text.Encoding.UTF8.GetByteCount(page) / 1024} KiB");
}

void Compare(Scene scene, Part[] parts, string file)
{
    JsonObject page = Page.Read(File.ReadAllText(file)) ?? throw new Different($"{file} 不是这里写的网页。");
    if (orders == null)
    {
        if (Page.Difference(page, Record(scene, parts)) is { } difference) throw new Different($"{file} 与现在的不同：{difference}。重新写：dotnet run --project tutorial/Stage -- pages");
        Console.WriteLine($"{file}：{page["states"]!.AsArray().Count} 个状态，都与现在的相同。");
        return;
    }

    Arena.Enter(() =>
    {
        if (Page.Replay(page, parts, int.Parse(orders, CultureInfo.InvariantCulture)) is { } difference) throw new Different($"{file}：{difference}");
    });
    Console.WriteLine($"{file}：{orders} 个随机的次序，每一步都与新的演出相同。");
}

string? Option(string name)
{
    int at = rest.IndexOf(name);
    if (at < 0 || at + 1 >= rest.Count) return null;
    string value = rest[at + 1];
    rest.RemoveRange(at, 2);
    return value;
}

static string FindRoot()
{
    string? at = AppContext.BaseDirectory;
    while (at != null && !File.Exists(Path.Combine(at, "Examples.sln"))) at = Path.GetDirectoryName(at);
    return at ?? throw new InvalidOperationException("舞台不在仓库之内：用 dotnet run --project tutorial/Stage 启动它。");
}

/// <summary>与网页不同，或同样的次序看到的不同。</summary>
internal sealed class Different(string message) : Exception(message);
