using Engine;

namespace Stage;

/// <summary>一场戏：哪几个程序，什么参数，照剧本怎样走。放一个项目上台，就在 <see cref="All"/> 里加一项。</summary>
/// <param name="Key">命令行上怎样称呼，例如 10。</param>
/// <param name="Chapter">讲它的一章。</param>
/// <param name="Programs">开始时启动的程序：怎样称呼、项目的目录、参数。</param>
/// <param name="Script">剧本，写法见 <see cref="Order"/>。</param>
/// <param name="Intro">网页上的一两句话：看什么；没有网页的为空，也能在终端里走、走遍次序。</param>
internal sealed record Scene(string Key, string Title, string Chapter, (string Label, string Project, string[] Args)[] Programs, string Script, string Intro)
{
    /// <summary>在舞台上换成别的值的常量：十万次一步一步走不完。</summary>
    public Dictionary<string, string> Constants { get; init; } = [];

    /// <summary>打印了这样的话（错误信息也算）就是结果不对，以及怎样不对。</summary>
    public (string Pattern, string Says)? Wrong { get; init; }

    /// <summary>打印了这样的话，是这一章说明了的界限，不是程序错了：读到的、怎样说。</summary>
    public (string Pattern, string Says)? Limit { get; init; }

    /// <summary>一方发送，一方接收：打印 send: 的每一条，都该有人收到。</summary>
    public bool IsExchange { get; init; }

    /// <summary>睡在这个系统调用里，是在等下一个来，不是卡住了。</summary>
    public string Awaits { get; init; } = "";

    /// <summary>读了还在：内存映射文件。</summary>
    public bool Keeps { get; init; }

    /// <summary>读者自己的程序，例如练习：没有一章说它该打印什么。</summary>
    public bool IsOwn => Chapter == "";

    /// <summary>最后收场时再运行的：第几个是发送方，第几个是接收方。</summary>
    public int[] Pair { get; init; } = [0, 1];

    /// <summary>再启动一次时，各个程序的参数；没有写的与第一次相同。</summary>
    public Dictionary<int, string[]> Again { get; init; } = [];

    /// <summary>接收方等的信号量，名字是对象的名字加上它：都走完了，对象留着，信号量没有了，里面的消息就没有人等得到。</summary>
    public string? Awaited { get; init; }

    /// <summary>次序太多，网页里只录剧本和这几个；空的是走遍。</summary>
    public string[] Orders { get; init; } = [];

    public string PageName => Chapter + (Key.Length > 2 ? "-" + Key[2..] : "") + ".html";

    /// <summary>tutorial/stage 下有它的网页。</summary>
    public bool HasPage => Intro != "";

    private static readonly Scene Ten = new("10", "共享内存对象加信号量", "10-shm-semaphore", [("Sender", "examples/10-ShmSemaphore/Sender", ["{name}"]), ("Receiver", "examples/10-ShmSemaphore/Receiver", ["{name}"])], "A@ftruncate;B*A*B*",
        "Sender 写完才 sem_post，Receiver 先 sem_wait，之后才问大小。让 Receiver 早来一步：它睡下的时候，对象有多大？醒来再问，又是多大？反过来先问、后等会怎样，见[打开过早](12-attach-race-a.html)；又来一个 Sender 会怎样，见[另一页](10-shm-semaphore-s.html)。") { IsExchange = true };

    public static readonly Scene[] All =
    [
        new("05", "匿名共享内存", "05-anonymous-mapping", [("父进程", "examples/05-AnonymousMapping", [])], "A*B*A*",
            "父进程创建没有名字的共享内存，把描述符交给子进程；子进程写入 1，父进程等它结束再读。"),
        new("06", "内存映射文件", "06-file-mapping", [("Writer", "examples/06-FileMapping/Writer", []), ("Reader", "examples/06-FileMapping/Reader", [])], "A*B*",
            "两个互不相识的进程，只约定同一个文件。谁先走由你定：文件何时有名字，何时有大小，何时有内容？") { Limit = ("receive:(0)$", "还没有写入就读了，文件没有「写完了」这句话"), IsExchange = true, Keeps = true },
        Ten,
        Ten.Cast(senders: 2, receivers: 1, isLong: false) with
        {
            Key = "10s", Title = "又来一个 Sender", Script = "A*C@shm_unlink(name),;CB*C*", Awaited = "_sem",
            Intro = "第 10 章只许一个 Sender。这里又来一个：三个进程的次序太多，只录了几个，没有录的走不了。照剧本走：Receiver 删了对象的名字、还没有删信号量的，Sender 2 来了，它说发了，/memmap 里也有它的消息，信号量的名字却被 Receiver 删了，谁也等不到它。别的次序里有没有读到空的、被覆盖的？怎样才不丢，见第 18 章。",
            Orders = ["A*C*B*", "A*B*C*", "B*A*C*", "A*C@int end;B@message.CopyTo;C*B*", "A@sem_post;B@sem_post;A*C*B*", "A@ftruncate;C*B*A*C*", "C*A*C*B*"],
        },
        new("12", "打开过早：先 fstat", "12-attach-race", [("创建方", "examples/12-AttachRace", ["fstat"])], "*",
            "对象已经能打开，大小还是 0。接收方此时先 fstat，再 sem_wait：问到多少，mmap 得到什么，醒来之后怎样了？这里的接收方总是早到：[早不早到由你决定](12-attach-race-a.html)，[先 sem_wait 的怎样走都对](12-attach-race-w.html)。"),
        new("12w", "打开过早：先 sem_wait", "12-attach-race", [("创建方", "examples/12-AttachRace", ["sem_wait"])], "*",
            "同样早来的接收方，只把 sem_wait 挪到 fstat 之前。醒来再问，大小是多少，内容写好了没有？与[先 fstat 的](12-attach-race.html)比一比。"),
        new("12a", "打开过早：由你来走", "12-attach-race", [("Sender", "examples/10-ShmSemaphore/Sender", ["{name}"]), ("Receiver", "tutorial/exercises/09-attach-race.cs", ["receiver", "{name}"])], "A@ftruncate;B*A*",
            "Sender 还是第 10 章的；Receiver 照文章的次序，先问大小、映射，再等 sem_wait（源文件是练习 09，读完不删除名字）。有的次序读得到消息，有的次序出错：Receiver 走到 fstat 的时候，Sender 走到了哪一句？怎样走都对的写法，见[第 10 章的一页](10-shm-semaphore.html)。") { Wrong = ("^mmap", "问大小问得太早"), Keeps = true },
        new("13", "丢失的更新", "13-lost-updates", [("父进程", "examples/13-LostUpdates", ["1"])], "A*B@Volatile;C@int seen;B@int seen;BCB@Interlocked;C@Interlocked;B@sem_post;C*B*C*A*",
            "读、加、写是三步。两个子进程各加一次：停在读和写之间，让另一个也走一遍，就少了一次。后面的一段有信号量：后到的睡在 sem_wait 上，插不进来。") { Wrong = ("丢了 [1-9]", "丢了更新") },
        new("16", ".NET 的写法", "16-dotnet-way", [("Sender", "examples/16-DotNetWay", ["send", "{name}"]), ("Receiver", "examples/16-DotNetWay", ["receive", "{name}"])], "A*B*", "") { Wrong = ("共享内存对象是空的", "没有写好就来读了"), IsExchange = true },
        new("17", "一个结构，两种语言", "17-interop", [("Sender", "examples/17-Interop", ["send", "{name}"]), ("Receiver", "examples/17-Interop", ["receive", "{name}"])], "A*B*", "") { IsExchange = true },
        new("18", "一把锁，一个名字", "18-overlap", [("Sender", "examples/18-Overlap/Sender", ["{name}"]), ("Receiver", "examples/18-Overlap/Receiver", ["{name}"])], "A*B*", "") { Wrong = ("里不是第 18 章的消息", "说里面不是第 18 章的消息"), IsExchange = true },
        new("19", "环形缓冲区", "19-ring-buffer", [("发送方", "examples/19-RingBuffer", ["2"])], "*", "") { Constants = new() { ["Capacity"] = "1", ["Spins"] = "1", ["Bytes"] = "8" } },
        new("20", "持有锁的进程死了", "20-robust-mutex", [("父进程", "examples/20-RobustMutex", ["1"])], "A*B*A*", "") { Wrong = ("应当是", "账对不上") },
        new("21", "没有名字，递交描述符", "21-pass-memory", [("发送方", "examples/21-PassMemory", ["send", "{files}/socket", "the first message"]), ("接收方", "examples/21-PassMemory", ["receive", "{files}/socket"])], "*", "") { IsExchange = true, Awaits = "accept4" },
        new("22", "System V 的交换", "22-system-v", [("send", "examples/22-SystemV", ["send", "{key}", "the first message"]), ("receive", "examples/22-SystemV", ["receive", "{key}"])], "A*B*", "") { IsExchange = true },
    ];

    /// <summary>一个练习或任意的程序，也能上台；几个一起上台，之间写一个 +。</summary>
    /// <param name="words">源文件或项目的目录，和参数；两样都不是，就是 null。</param>
    public static Scene? OfFiles(string[] words)
    {
        (string Label, string Project, string[] Args)[] programs =
        [
            .. from one in string.Join('\0', words).Split("\0+\0")
               let own = one.Split('\0')
               select (Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(own[0])), own[0], own[1..]),
        ];
        if (programs.Any(p => Sources(p.Project).Length == 0)) return null;
        bool talks = programs.SelectMany(p => Sources(p.Project)).Select(File.ReadAllText).Any(text => text.Contains("send:", StringComparison.Ordinal) || text.Contains("收到：", StringComparison.Ordinal));
        return new Scene(string.Join(' ', words), string.Join('、', programs.Select(p => p.Label)), "", programs, "*", "")
        {
            IsExchange = talks && programs.Length > 1,
            Pair = [0, programs.Length - 1],
        };
    }

    /// <summary>参数是一个名字，它后面的就是消息。</summary>
    public static bool IsName(string arg) => arg == "{name}" || arg.StartsWith('/');

    /// <summary>换成几个发送方、几个接收方，消息各不相同；<paramref name="isLong"/> 是第一条消息比一页还长。</summary>
    public Scene Cast(int senders, int receivers, bool isLong)
    {
        if (!IsExchange || Programs is not [var sender, .., var receiver]) return this;

        // 消息是名字之后的一个参数，已经写明了的就换掉。
        string[] plain = sender.Args is [.., var name, _] && IsName(name) ? sender.Args[..^1] : sender.Args;
        Dictionary<int, string[]> again = plain is [.., var last] && IsName(last) ? new() { [0] = [.. plain, "again"] } : [];
        if (senders == 1 && receivers == 1 && !isLong) return this with { Again = again };
        var all = new List<(string Label, string Project, string[] Args)>();
        for (int i = 0; i < senders; i++) all.Add((senders > 1 ? $"Sender {i + 1}" : sender.Label, sender.Project, [.. plain, i == 0 ? isLong ? new string('a', Environment.SystemPageSize + 100) : "the first message" : $"message {i + 1}"]));
        for (int i = 0; i < receivers; i++) all.Add((receivers > 1 ? $"Receiver {i + 1}" : receiver.Label, receiver.Project, receiver.Args));
        return this with { Programs = [.. all], Pair = [0, senders], Again = again };
    }

    /// <summary>编译，得到可以上台的程序；编译不过，异常里是编译器的报错。</summary>
    public Part[] Compile(string root)
    {
        // 同一个程序上台几次，只编译一次。
        string[] projects = [.. Programs.Select(program => program.Project).Distinct()];
        string[] all = [.. projects.SelectMany(project => Quietly(project, root)[false])];
        var compiled = projects.ToDictionary(project => project, project => Compile(project, root, all));
        return [.. Programs.Select((program, i) => compiled[program.Project] with { Label = program.Label, Args = program.Args, Again = Again.GetValueOrDefault(i) })];
    }

    private Part Compile(string project, string root, string[] all)
    {
        string path = At(project, root);
        bool isFile = File.Exists(path);
        ILookup<bool, string> quiet = Quietly(project, root);
        var own = quiet[false].Select(f => (Path: f, Shown: isFile ? project : Path.GetFileName(f))).ToArray();
        string[] helpers = isFile ? [] : [.. Sources(Path.Combine(root, "examples/Common")), .. quiet[true]];
        string folder = Path.Combine(Sandbox.Programs, Path.GetRandomFileName());
        return Compiler.CompileForStage(Path.GetFileNameWithoutExtension(path).Replace('-', '_'), own, helpers, Constants, folder, all);
    }

    private string At(string project, string root) => Path.GetFullPath(project, IsOwn ? Environment.CurrentDirectory : root);

    // 它的源文件，和其中不停的：与主题无关的准备。
    private ILookup<bool, string> Quietly(string project, string root) => Sources(At(project, root))
        .OrderBy(f => Path.GetFileName(f) != "Program.cs").ThenBy(f => f, StringComparer.Ordinal).ToLookup(f => !File.Exists(At(project, root)) && Path.GetFileName(f) is "Genuine.cs" or "SelfExchange.cs");

    // 一个源文件，或者一个目录里的；都不是，就没有。
    private static string[] Sources(string path) =>
        Directory.Exists(path) ? Directory.GetFiles(path, "*.cs") : path.EndsWith(".cs", StringComparison.Ordinal) && File.Exists(path) ? [path] : [];
}
