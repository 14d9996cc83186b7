// 舞台：真实的几个进程，一次走一步，由你决定谁先走。
//
//     dotnet run --project tutorial/Stage -- 10                                   在终端里走
//     dotnet run --project tutorial/Stage -- tutorial/my/09-attach-race.cs [参数 …]
//     dotnet run --project tutorial/Stage -- 10 --order A5B3                      先照这个次序走
//     dotnet run --project tutorial/Stage -- 10 --html 文件                       走遍每个次序，写成一个网页；有 --order 就只录这一个
//     dotnet run --project tutorial/Stage -- 10 --against 文件 --orders 200       再走一遍，与网页比较
//     dotnet run --project tutorial/Stage -- explore 10 [--kill]                   走遍每个次序，报告每种结局，见 Explore
//     dotnet run --project tutorial/Stage -- explore 18 --senders 2 [--receivers 2]
//     dotnet run --project tutorial/Stage -- explore 发送方.cs {name} + 接收方.cs {name} [--wrong 正则表达式]
//     dotnet run --project tutorial/Stage -- pages                                写出 tutorial/stage 下的全部网页
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Engine;
using Stage;

List<string> rest = [.. args];
string? order = Option("--order"), html = Option("--html"), against = Option("--against"), orders = Option("--orders");
string? senders = Option("--senders"), receivers = Option("--receivers"), limit = Option("--limit"), wrong = Option("--wrong");
bool isLong = rest.Remove("--long"), kills = rest.Remove("--kill"), isWhole = rest.Remove("--whole"), explores = rest is ["explore", ..];
if (explores) rest.RemoveAt(0);
string root = FindRoot();
Scene[] scenes = rest switch
{
    ["pages"] => Scene.All,
    [var key] when Scene.All.Concat(Scene.More).FirstOrDefault(s => s.Key == key) is { } known => [known],
    _ when Scene.OfFiles([.. rest]) is { } own => [own],
    _ => [],
};
bool isNumber = new[] { senders, receivers, limit }.All(n => n == null || (int.TryParse(n, out int number) && number > 0));
if (scenes.Length == 0 || !isNumber || (explores && (rest is ["pages"] || order != null || html != null || against != null)) || (order != null && !Order.IsValid(order)) || (orders != null && (against == null || !int.TryParse(orders, out _))))
{
    Console.Error.WriteLine($"用法：Stage [explore] {string.Join('|', Scene.All.Concat(Scene.More).Select(s => s.Key))}|文件.cs [参数 …] [+ 文件.cs …] [--senders 个数] [--receivers 个数] [--long] "
        + "[--order A5B3] [--html 文件 | --against 文件 [--orders 个数]] [explore 的 --kill --whole --limit 秒 --wrong 正则表达式]，或 Stage pages");
    return 2;
}

Sandbox.EnterOrStay();
Examples.Undo.Add(Sandbox.Leave);
Sandbox.Prepare();
if (!Sandbox.IsPrivate) Console.Error.WriteLine("系统不允许换上自己的 /dev/shm：用本机的，名字里都有随机数，一次只演一场，慢一些；程序自己取的随机值与网页里的不同。");
try
{
    int exitCode = 0;
    foreach (Scene plain in scenes)
    {
        Scene scene = rest is ["pages"] ? plain : plain.Cast(Number(senders, 1), Number(receivers, 1), isLong);
        if (wrong != null) scene = scene with { Wrong = (wrong, $"打印了 {wrong}") };
        Part[] parts = scene.Compile(root);
        if (rest is ["pages"]) Write(scene, parts, Path.Combine(root, "tutorial/stage", scene.PageName));
        else if (explores) exitCode = new Explore(scene, parts, kills, !isWhole, TimeSpan.FromSeconds(Number(limit, 600)), Command()).Report();
        else if (html != null) Write(scene, parts, html, order);
        else if (against != null) Compare(scene, parts, against);
        else Arena.Enter(() => Terminal.Play(scene, parts, order));
    }

    return exitCode;
}
catch (Exception e) when (e is CompileException or Different || e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

JsonObject Record(Scene scene, Part[] parts)
{
    var recorder = new Recorder(parts, most: 20_000, TimeSpan.FromMinutes(20));
    var clock = Stopwatch.StartNew();
    bool shows = !Console.IsErrorRedirected;
    recorder.Record(Environment.ProcessorCount, r =>
    {
        if (shows) Console.Error.Write($"\r{scene.Key}：运行了 {r.Runs} 次，{r.States.Count} 个状态，{r.Next.Sum(n => n.Count)} 步  ");
    });
    if (shows) Console.Error.WriteLine();
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scene.Key}：{recorder.Runs} 次，{recorder.States.Count} 个状态，{recorder.Next.Sum(n => n.Count)} 步，{clock.Elapsed.TotalSeconds:0.0} 秒{(recorder.IsComplete ? "" : "；到了上限，没有走完")}"));
    if (recorder.Disagreements is [var first, ..]) throw new Different($"同一个状态再走一步，到了不同的状态（{recorder.Disagreements.Count} 次），第一次：\n{first}");
    return Page.Data(scene, parts, recorder);
}

JsonObject Follow(Scene scene, Part[] parts, string order)
{
    int[] moves = Along.Moves(parts, order);
    var recorder = new Along(parts, moves);
    recorder.Record(1);
    return Page.Data(scene with { Script = Order.Write(moves) }, parts, recorder);
}

void Write(Scene scene, Part[] parts, string file, string? order = null)
{
    string page = Page.Html(order == null ? Record(scene, parts) : Follow(scene, parts, order));
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

static int Number(string? text, int otherwise) => text == null ? otherwise : int.Parse(text, CultureInfo.InvariantCulture);

// 报告里给出的命令：照一个次序再走一遍，演员相同。
string Command()
{
    var words = new List<string>(rest.Select(word => word.All(c => char.IsAsciiLetterOrDigit(c) || "/.-_".Contains(c)) ? word : $"'{word}'"));
    if (senders != null) words.AddRange(["--senders", senders]);
    if (receivers != null) words.AddRange(["--receivers", receivers]);
    if (isLong) words.Add("--long");
    return $"dotnet run --project tutorial/Stage -- {string.Join(' ', words)}";
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
