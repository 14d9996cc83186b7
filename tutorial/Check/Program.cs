// 练习的检查器。
//
//     dotnet run --project tutorial/Check                第一个没解出来的练习
//     dotnet run --project tutorial/Check -- watch       存盘就检查，解出来就往下走
//     dotnet run --project tutorial/Check -- judge 文件 …      逐个检查，写成 JSON；文件或它所在的目录叫练习的名字，例如 alice/03-waitpid.cs、03-waitpid/alice.cs
//     dotnet run --project tutorial/Check -- list | run NN | hint NN [2] | reset NN | report --json 文件 [NN …]
using Check;
using static Check.Result;

// --my 可以在任何位置：学生的目录，默认是 tutorial/my。
string? my = null;
var rest = new List<string>(args);
if (rest.IndexOf("--my") is >= 0 and int at && at + 1 < rest.Count)
{
    my = rest[at + 1];
    rest.RemoveRange(at, 2);
}

string tutorial = Workspace.FindTutorial();
var work = new Workspace(tutorial, Path.GetFullPath(my ?? Path.Combine(tutorial, "my")));
Exercise? exercise = rest is [_, var number, ..] ? Find(number) : null;
Exercise?[] chosen = rest is ["report", "--json", _, _, ..] ? [.. rest.Skip(3).Select(Find)] : [.. Exercise.All];

(Exercise? Exercise, string File)[] answers = rest is ["judge", _, ..] ? [.. rest.Skip(1).Select(file => (Of(file), Path.GetFullPath(file)))] : [];

switch (rest)
{
    case ["list"]:
        Fill();
        return Screen.List(work);
    case ["hint", _] or ["hint", _, "1"] when exercise != null:
        return Screen.Hint(exercise, 1, work.Command($"hint {exercise.Number} 2"));
    case ["hint", _, "2"] when exercise != null:
        return Screen.Hint(exercise, 2, "");
    case ["reset", _] when exercise != null:
        Write(() => { Directory.CreateDirectory(work.Folder); work.Reset(exercise); });
        Console.WriteLine($"{Trial.ShownPath(work.Mine(exercise))} 恢复成了发下来的样子。");
        return 0;
    case ["judge", _, ..] when answers.All(answer => answer.Exercise != null):
        break;
    case [] or ["watch"] or ["report", "--json", _, ..] or ["run", _] when rest is ["run", _] ? exercise != null : chosen.All(e => e != null):
        break;
    default:
        Console.Error.WriteLine($"用法：Check [watch | list | run NN | hint NN [2] | reset NN | report --json 文件 [NN …] | judge 文件 …] [--my 目录]（NN 是 01 到 {Exercise.All.Length:00}；文件写 - 是标准输出）");
        return 2;
}

Sandbox.EnterOrStay();
if (rest is not ["judge", ..]) Fill();
Sandbox.Prepare();
using var signals = new Leaving();
try
{
    return rest switch
    {
        ["watch"] => new Watcher(work).Run(),
        ["judge", ..] => Report.Judge(answers!),
        ["report", _, var file, ..] => Report.Write(work, file, chosen!),
        ["run", _] => Screen.ShowWithHint(exercise!, work.Check(exercise!), work) ? 0 : 1,
        _ => Screen.First(work),
    };
}
finally
{
    Sandbox.Leave();
}

static Exercise? Find(string number) => Exercise.All.FirstOrDefault(e => e.Number == number.PadLeft(2, '0') || e.File == number);

static Exercise? Of(string file) => Find(Path.GetFileNameWithoutExtension(file)) ?? Find(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))!));

void Fill() => Write(() =>
{
    int copied = work.Fill();
    if (copied > 0) Console.Error.WriteLine($"抄了 {copied} 个练习到 {Trial.ShownPath(work.Folder)}，在那里做；做乱了用 reset NN 恢复。");
});

void Write(Action copy)
{
    try
    {
        copy();
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"写不了 {Trial.ShownPath(work.Folder)}：{e.Message} 另选一个目录，用 --my 指定。");
        Environment.Exit(1);
    }
}
