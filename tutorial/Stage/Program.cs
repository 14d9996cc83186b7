// 舞台：真实的几个进程，一次走一步，由你决定谁先走。
//
//     dotnet run --project tutorial/Stage -- 10                          在终端里
//     dotnet run --project tutorial/Stage -- 10 --html 文件              写成一个网页
//     dotnet run --project tutorial/Stage -- tutorial/my/09-attach-race.cs [参数 …]
using Engine;
using Stage;

const string Usage = "用法：Stage 05|06|10|12|13|文件.cs [参数 …] [--order 次序] [--html 文件]";
string[] rest = [.. args];
string? order = Option("--order"), html = Option("--html");
string root = FindRoot();
Scene? scene = rest switch
{
    [var key] when Scene.All.FirstOrDefault(s => s.Key == key) is { } known => known,
    [var file, .. var own] when file.EndsWith(".cs", StringComparison.Ordinal) && File.Exists(file) => Scene.OfFile(Path.GetFullPath(file), own),
    _ => null,
};
if (scene == null || (order != null && Order.Parse(order) == null))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

await Sandbox.EnterOrStay();
Sandbox.Prepare();
using var signals = new Leaving();
try
{
    Part[] parts = scene.Compile(root);
    int exitCode = 0;
    if (html != null)
    {
        var recorder = new Recorder(parts, 20000, TimeSpan.FromMinutes(20));
        recorder.Record(Environment.ProcessorCount, r => Console.Error.Write($"\r{r.Runs} runs {r.States.Count} states {r.Next.Sum(n => n.Count)} edges "));
        Console.Error.WriteLine(recorder.IsComplete + " " + recorder.Disagreements.Count);
        foreach (string d in recorder.Disagreements.Take(2)) Console.Error.WriteLine(d);
        foreach (var s in recorder.States.Select((s,i)=>(s,i)).Where(s => s.s.Ready.Length == 0).GroupBy(s => string.Join('|', s.s.Lanes.Select(l => l.State + l.Why + string.Concat(l.Output.Select(o => o.Text))))))
            Console.WriteLine(s.Count() + " " + Order.Write(recorder.Path(s.First().i)) + " " + s.Key);
        return 0;
    }
    Arena.Enter(() => exitCode = Terminal.Play(scene, parts, order ?? scene.Script));
    return exitCode;
}
catch (CompileException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    Sandbox.Leave();
}

string? Option(string name)
{
    int at = Array.IndexOf(rest, name);
    if (at < 0 || at + 1 >= rest.Length) return null;
    string value = rest[at + 1];
    rest = [.. rest[..at], .. rest[(at + 2)..]];
    return value;
}

static string FindRoot()
{
    string? at = AppContext.BaseDirectory;
    while (at != null && !File.Exists(Path.Combine(at, "Examples.sln"))) at = Path.GetDirectoryName(at);
    return at ?? throw new InvalidOperationException("舞台不在仓库之内：用 dotnet run --project tutorial/Stage 启动它。");
}
