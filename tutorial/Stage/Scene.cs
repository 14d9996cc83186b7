using Engine;

namespace Stage;

/// <summary>一场戏：哪几个程序，什么参数，照剧本怎样走。放一个项目上台，就在 <see cref="All"/> 里加一项。</summary>
/// <param name="Key">命令行上怎样称呼，例如 10。</param>
/// <param name="Title">标题。</param>
/// <param name="Chapter">讲它的一章。</param>
/// <param name="Programs">开始时启动的程序：怎样称呼、项目的目录、参数。</param>
/// <param name="Script">剧本，写法见 <see cref="Order"/>。</param>
/// <param name="Intro">一两句话：看什么。</param>
internal sealed record Scene(string Key, string Title, string Chapter, (string Label, string Project, string[] Args)[] Programs, string Script, string Intro)
{
    /// <summary>在舞台上换成别的值的常量：十万次一步一步走不完。</summary>
    public Dictionary<string, string> Constants { get; init; } = [];

    /// <summary>打印了这样的话就是结果不对，以及怎样不对。</summary>
    public (string Pattern, string Says)? Wrong { get; init; }

    /// <summary>不另停的源文件：与主题无关的准备。</summary>
    public string[] Quiet { get; init; } = [];

    /// <summary>它的网页的名字。</summary>
    public string PageName => Chapter + (Key.Length > 2 ? "-" + Key[2..] : "") + ".html";

    /// <summary>有页面的几场。</summary>
    public static readonly Scene[] All =
    [
        new("05", "匿名共享内存", "05-anonymous-mapping", [("父进程", "examples/05-AnonymousMapping", [])], "A*B*A*",
            "父进程创建没有名字的共享内存，把描述符交给子进程；子进程写入 1，父进程等它结束再读。"),
        new("06", "内存映射文件", "06-file-mapping", [("Writer", "examples/06-FileMapping/Writer", []), ("Reader", "examples/06-FileMapping/Reader", [])], "A*B*",
            "两个互不相识的进程，只约定同一个文件。谁先走由你定：文件何时有名字，何时有大小，何时有内容？") { Wrong = ("receive:0", "还没有写入就读了") },
        new("10", "共享内存对象加信号量", "10-shm-semaphore", [("Sender", "examples/10-ShmSemaphore/Sender", ["{name}"]), ("Receiver", "examples/10-ShmSemaphore/Receiver", ["{name}"])], "A@ftruncate;B*A*B*",
            "Sender 写完才 sem_post，Receiver 先 sem_wait，之后才问大小。让 Receiver 早来一步，看它睡在哪里、对象此刻有多大。"),
        new("12", "打开过早：先 fstat", "12-attach-race", [("创建方", "examples/12-AttachRace", ["fstat"])], "*",
            "对象已经能打开，大小还是 0。接收方此时先 fstat，再 sem_wait：问到多少，mmap 得到什么，醒来之后怎样了？"),
        new("12w", "打开过早：先 sem_wait", "12-attach-race", [("创建方", "examples/12-AttachRace", ["sem_wait"])], "*",
            "同样早来的接收方，只把 sem_wait 挪到 fstat 之前。醒来的时候，大小和内容都已经定了。"),
        new("13", "丢失的更新", "13-lost-updates", [("父进程", "examples/13-LostUpdates", ["1"])], "A*B@Volatile;C@int seen;B@int seen;BCB@Interlocked;C@Interlocked;*",
            "读、加、写是三步。两个子进程各加一次：停在读和写之间，让另一个也走一遍，就少了一次。") { Wrong = ("丢了 [1-9]", "丢了更新") },
    ];

    /// <summary>一个练习或任意的单文件程序，也能上台。</summary>
    /// <param name="path">源文件。</param>
    /// <param name="args">参数。</param>
    public static Scene OfFile(string path, string[] args) => new(path, Path.GetFileNameWithoutExtension(path), "", [(Path.GetFileNameWithoutExtension(path), path, args)], "*", "");

    /// <summary>编译，得到可以上台的程序。</summary>
    /// <param name="root">仓库的根目录。</param>
    /// <exception cref="CompileException">编译不过。</exception>
    public Part[] Compile(string root)
    {
        string[] helpers = Directory.GetFiles(Path.Combine(root, "examples/Common"), "*.cs");
        return [.. Programs.Select(program =>
        {
            string path = Path.GetFullPath(program.Project, root);
            bool isFile = path.EndsWith(".cs", StringComparison.Ordinal);
            string[] all = isFile ? [path] : [.. Directory.GetFiles(path, "*.cs").OrderBy(f => Path.GetFileName(f) != "Program.cs").ThenBy(f => f, StringComparer.Ordinal)];
            var own = all.Select(f => (Path: f, Shown: isFile ? program.Project : Path.GetFileName(f))).Where(f => !Quiet.Contains(f.Shown)).ToArray();
            string[] quiet = isFile ? [] : [.. helpers, .. all.Where(f => Quiet.Contains(Path.GetFileName(f)))];
            string name = Path.GetFileNameWithoutExtension(path).Replace('-', '_');
            var (dll, sites, errors) = Compiler.CompileForStage(name, own, quiet, Constants, Path.Combine(Sandbox.Programs, Path.GetRandomFileName()));
            return dll == null ? throw new CompileException(errors) : new Part(program.Label, dll, program.Args, sites, [.. own.Select(f => (f.Shown, File.ReadAllText(f.Path)))]);
        })];
    }
}

/// <summary>源文件编译不过。</summary>
/// <param name="errors">编译器的报错。</param>
internal sealed class CompileException(string[] errors) : Exception(string.Join('\n', errors));
