// 舞台：真实的几个进程，一次走一步，由你决定谁先走。
//
//     dotnet run --project tutorial/Stage -- 10                                   在终端里走
//     dotnet run --project tutorial/Stage -- tutorial/my/09-attach-race.cs [参数 …]
//     dotnet run --project tutorial/Stage -- 10 --order A5B3                      先照这个次序走
//     dotnet run --project tutorial/Stage -- 10 --html 文件                       走遍每个次序，写成一个网页；有 --order 就只录这一个，或者一行一个
//     dotnet run --project tutorial/Stage -- explore 10 [--kill]                   走遍每个次序，报告每种结局，见 Explore
//     dotnet run --project tutorial/Stage -- explore 18 --senders 2 [--receivers 2]
//     dotnet run --project tutorial/Stage -- explore 发送方.cs {name} + 接收方.cs {name} [--wrong 正则表达式]
//     dotnet run --project tutorial/Stage -- pages                                写出 tutorial/stage 下的全部网页
using System.Globalization;
using Engine;
using Stage;

List<string> rest = [.. args];
bool isValid = true;
string? order = Option("--order"), html = Option("--html"), wrong = Option("--wrong");
int senders = Number("--senders", 1), receivers = Number("--receivers", 1), limit = Number("--limit", 600);
bool isLong = rest.Remove("--long"), kills = rest.Remove("--kill"), isWhole = rest.Remove("--whole"), explores = rest is ["explore", ..];
if (explores) rest.RemoveAt(0);
bool writesAll = args is ["pages"];
string root = Sandbox.Root;
Scene? one = Scene.All.FirstOrDefault(s => rest is [var key] && s.Key == key) ?? Scene.OfFiles([.. rest]);
Scene[] scenes = writesAll ? [.. Scene.All.Where(s => s.HasPage)] : one != null ? [one] : [];
isValid &= scenes.Length > 0 && (order == null || order.Split('\n').All(Order.IsValid)) && !(explores && (order ?? html) != null);
if (!isValid)
{
    Console.Error.WriteLine($"用法：Stage [explore] {string.Join('|', Scene.All.Select(s => s.Key))}|文件.cs [参数 …] [+ 文件.cs …] [--senders 个数] [--receivers 个数] [--long] "
        + "[--order A5B3] [--html 文件] [explore 的 --kill --whole --limit 秒 --wrong 正则表达式]，或 Stage pages");
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
        Scene scene = plain.Cast(senders, receivers, isLong);
        if (wrong != null) scene = scene with { Wrong = (wrong, $"打印了 {wrong}") };
        Part[] parts = scene.Compile(root);
        string? page = writesAll ? Path.Combine(root, "tutorial/stage", scene.PageName) : html;
        if (page != null) Write(scene, parts, page);
        else if (explores) exitCode = new Explore(scene, parts, kills, !isWhole, TimeSpan.FromSeconds(limit), Command()).Report();
        else
            Arena.Enter(() =>
            {
                using var terminal = new Terminal(scene, parts, Command());
                terminal.Play(order);
            });
    }

    return exitCode;
}
catch (Exception e) when (e is InvalidDataException or Different or IOException or UnauthorizedAccessException)
{
    // 走遍的时候，1 是有的结局不对：没有走成的另用一个。
    Console.Error.WriteLine(e.Message);
    if (e is Different { Moves: [_, ..] moves }) Console.Error.WriteLine($"照着走：{Command()} --order '{Order.Write(moves)}'");
    return explores ? 4 : 1;
}

// 走遍，或者只走给出的次序。
void Write(Scene scene, Part[] parts, string file)
{
    var recorder = new Recorder(parts, most: 20_000, TimeSpan.FromMinutes(20));
    string[] orders = order?.Split('\n') ?? (scene.Orders is [] ? [] : [scene.Script, .. scene.Orders]);
    if (orders is []) Explore.Record(scene, recorder);
    else foreach (string one in orders) recorder.Record(run => Order.Follow(one, () => run.Now, parts).Select(Plain));
    Console.Error.WriteLine($"{scene.Key}：{recorder}{(recorder.IsComplete ? "" : "；没有走遍")}");
    string page = Page.Html(order == null ? scene : scene with { Script = order }, parts, recorder);
    File.WriteAllText(file, page);
    Console.WriteLine($"{file}：{System.Text.Encoding.UTF8.GetByteCount(page) / 1024} KiB");
}

static int Plain(int move) => move is >= 0 and < Move.First ? move : throw new Different("网页里不能杀死进程、也不能再启动：这个次序在终端里走，去掉 --html。");

// 报告里给出的命令：照一个次序再走一遍，演员相同。
string Command()
{
    IEnumerable<string> words = rest.Select(word => word.All(c => char.IsAsciiLetterOrDigit(c) || "/.-_".Contains(c)) ? word : $"'{word}'");
    string cast = (senders > 1 ? $" --senders {senders}" : "") + (receivers > 1 ? $" --receivers {receivers}" : "") + (isLong ? " --long" : "");
    return $"dotnet run --project tutorial/Stage -- {string.Join(' ', words)}{cast}";
}

string? Option(string name)
{
    int at = rest.IndexOf(name);
    if (at < 0 || at + 1 >= rest.Count) return null;
    string value = rest[at + 1];
    rest.RemoveRange(at, 2);
    return value;
}

int Number(string name, int otherwise)
{
    if (Option(name) is not { } text) return otherwise;
    isValid &= int.TryParse(text, CultureInfo.InvariantCulture, out int number) && number > 0;
    return number;
}
