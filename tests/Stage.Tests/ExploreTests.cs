using System.Text.Json;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Stage.Tests;

/// <summary>走遍每个次序：手数得清的程序，走的就是那么多；埋进去的错，每一种都找得到，照着次序再走一定重现。</summary>
/// <remarks>EXPLORE_ALL=1：示例的每一场也走遍，走得久的错也埋，找到的每个次序重演 20 次。</remarks>
public sealed partial class ExploreTests
{
    private static readonly string[] Slow = ["两个信号量互相等", "先看有没有，没有再创建", "名字删得太早"];
    private static readonly bool All = Environment.GetEnvironmentVariable("EXPLORE_ALL") == "1";

    [Theory]

    // 各走三步，三步都打印不同的话：C(6,3) 个次序，4 × 4 个状态。少走：哪一步谁先谁后都没有分别。
    [InlineData("three", "three", "20 个次序，16 个状态", "1 个次序，7 个状态")]

    // 一边碰对象，一边碰信号量：哪一步都换得了位置，结束的一步也是。
    [InlineData("memory", "semaphore", "20 个次序，16 个状态", "1 个次序，7 个状态")]

    // 两边碰同一个对象：谁先创建、谁先改大小，两样各有先后，2 × 2 种，一种不多。
    [InlineData("memory", "memory", "20 个次序，16 个状态", "4 个次序，10 个状态")]

    // 结束的一步还删名字，看源代码看不出来：它与另一边的创建、结束分得出先后。
    // C(5,2) 个次序；它走完了的时候，另一边走了一、二、三步的，名字删没删各是两个状态：3 × 4 + 3。
    [InlineData("farewell", "memory", "10 个次序，15 个状态", "7 个次序，")]

    // 收尾的一步也停得住：各三步，删了以后另一边走到哪里，名字在不在各是两个状态，4 × 4 + 3。
    [InlineData("leaves", "memory", "20 个次序，19 个状态", "7 个次序，")]
    public async Task 手数得清的程序_次序与状态正是那么多_少走的结局一种不少(string a, string b, string whole, string reduced)
    {
        Long.Only();
        string[] scene = [Stages.Program(a), "{name}", "+", Stages.Program(b), "{name}"];

        Finished every = await Stages.Run(["explore", .. scene, "--whole"]), fewer = await Stages.Run(["explore", .. scene]);

        every.Lines[1].ShouldStartWith(whole);
        fewer.Lines[1].ShouldStartWith(reduced);
        Ends(fewer).ShouldBe(Ends(every), ignoreOrder: true);
        every.ExitCode.ShouldBe(fewer.ExitCode);
    }

    // 第 10 章的最后一步不打印，却结束进程：在它之前杀死，与让它走完不一样。
    [Theory]
    [InlineData("memory + semaphore")]
    [InlineData("10")]
    public async Task 加上杀死_少杀的结局也一种不少(string programs)
    {
        Long.Only();
        Assert.SkipUnless(All || programs != "10", "走得久：EXPLORE_ALL=1 才走");
        string[] scene = [.. programs.Split(' ').SelectMany(word => word is "10" or "+" ? [word] : new[] { Stages.Program(word), "{name}" }), "--kill"];

        Finished every = await Stages.Run(["explore", .. scene, "--whole"]), fewer = await Stages.Run(["explore", .. scene]);

        Ends(fewer).ShouldBe(Ends(every), ignoreOrder: true);
        Killed(fewer).ShouldBeGreaterThan(0);
        Killed(fewer).ShouldBeLessThan(Killed(every));

        static int Killed(Finished finished) => int.Parse(finished.Lines.Single(line => line.StartsWith("杀死进程")).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    // 看源代码不容易看出来的：关闭与打开 FIFO，映射里留着的锁，父进程结束带走子进程，名字删了链接数就变，
    // 另一个类里的 Main，杀死拿着锁的，框架替程序调用的 lambda、运算符、初值、接口的属性，函数返回之后跟着走的下半句，一句里先读的。
    [Theory]
    [InlineData("fifo-writer {name} {files} + fifo-reader {name} {files}")]
    [InlineData("parent-death")]
    [InlineData("getppid")]
    [InlineData("nlink-user {name} + nlink-owner {name}")]
    [InlineData("mapped-lock-a {name} + mapped-lock-b {name}")]
    [InlineData("other-main-a {name} + other-main-b {name}")]
    [InlineData("killed-holder {files} + tries-lock {files} --kill")]
    [InlineData("early {name} + linq {name}")]
    [InlineData("early {name} + conversion {name}")]
    [InlineData("early {name} + interface {name}")]
    [InlineData("early {name} + initial {name}")]
    [InlineData("early {name} + safe-buffer {name}")]
    [InlineData("constructor {name} + creator {name}")]
    [InlineData("connects {files} + listens {files}")]
    [InlineData("answers {name} + returns {name}")]
    [InlineData("calls-between {name} + calls-between {name}")]
    public async Task 看源代码不容易看出来的_少走的结局也一种不少(string programs)
    {
        Long.Only();
        string[] scene = Hidden(programs);

        Finished every = await Stages.Run(["explore", .. scene, "--whole"]), fewer = await Stages.Run(["explore", .. scene]);

        Ends(every).ShouldNotBeEmpty(every.Error);
        Ends(fewer).ShouldBe(Ends(every), ignoreOrder: true);
    }

    [Fact]
    public async Task 未必做的读_排在调用后面的读_上了舞台也不提前()
    {
        Long.Only();

        Finished finished = (await Stages.Run(["explore", Stages.Program("hidden/guarded")])).ShouldSucceed();

        Ends(finished).ShouldHaveSingleItem().ShouldContain("打印「5 102」");
    }

    // 从外面一眼看不到的也是状态：复制到自己的内存里的，集合里的，还没有接住的异常，.NET 的映射记着创建的时候是 8192，流记着位置是 4096；话在管道里，说话的已经结束；errno 留着，还没有看；一句做到一半，拿着的；钟走到了哪里，静态变量的初值算过没有，下一个随机数是几；像地址的数，私有的页，文件的权限，umask，描述符的标志，进程的名字，eventfd 的值，有名 Mutex，自己杀死的子进程，攒着没有写出的字；都做完了，还没有结束。
    [Theory]
    [InlineData("copies {name} pointer + writes {name}", "A：0，0，0", "A：0，0，7", "A：7，0，7")]
    [InlineData("copies {name} interlocked + writes {name}", "A：0，0，0", "A：0，0，7", "A：7，0，7")]
    [InlineData("copies {name} span + writes {name}", "A：0，0，0", "A：0，0，7", "A：7，0，7")]
    [InlineData("copies {name} list + writes {name}", "A：0，0，0", "A：0，0，7", "A：7，0，7")]
    [InlineData("copies {name} static + writes {name}", "A：0，0，0", "A：0，0，7", "A：7，0，7")]
    [InlineData("copies {name} random + writes {name}", "A：24，0，0", "A：24，0，7", "A：11，0，7")]
    [InlineData("copies {name} state + writes {name}", "A：0，3，0", "A：0，3，7", "A：0，0，7")]
    [InlineData("delegates {name} call + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("delegates {name} lazy + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("drains {name} + writes {name}", "A：0", "A：7")]
    [InlineData("awaits {name} + writes {name}", "A：0，0", "A：0，4", "A：4，4")]
    [InlineData("polls {name} + takes-back {name}", "一直转下去", "A：等到了")]
    [InlineData("unwinds {name} + writes {name}", "A：0，InvalidOperationException", "A：7，InvalidOperationException", "A：7，ArgumentException")]
    [InlineData("shrinks {name} + net-map {name}", "B：映射了 8192，到了 4096")]
    [InlineData("asks {name} {files} + tells {name} {files}", "A：读到的是 0", "A：读到的是 7")]
    [InlineData("fails {name} {files} + blocks {name} {files}", "A：1，-1，ENOENT", "A：1，-1，ENOTDIR")]
    [InlineData("holds {name} waits + posts {name}", "A：0", "A：7")]
    [InlineData("holds {name} looks + writes {name}", "A：0", "A：7", "A：14")]
    [InlineData("gives-up {name} semaphore + posts {name}", "A：0", "A：7")]
    [InlineData("gives-up {name} task + posts {name}", "A：0", "A：7")]
    [InlineData("gives-up {name} date + writes {name}", "A：0", "A：7")]
    [InlineData("gives-up {name} ticks + writes {name}", "A：0", "A：7")]
    [InlineData("gives-up {name} stopwatch + writes {name}", "A：0", "A：7")]
    [InlineData("glances holds {name} {files} + glances {name} {files}", "0，没有结束", "0，结束了", "7，没有结束", "7，结束了")]
    [InlineData("last {name} 30000 + last {name} 31000", "last 打印「30000」；last 打印「30000」", "last 打印「30000」；last 打印「31000」", "last 打印「31000」；last 打印「31000」")]
    [InlineData("keeps {name} + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("marks {name} {files} mode + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("marks {name} {files} umask + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("marks {name} {files} flags + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("marks {name} {files} name + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("marks {name} {files} eventfd + writes {name}", "A：0，0", "A：0，7", "A：7，7")]
    [InlineData("mutex {name} + mutex {name}", "mutex 打印「1」；mutex 打印「2」")]
    [InlineData("strikes {name}", "留下")]
    [InlineData("flushes {name} writes + flushes {name}", "打印「0，0」", "打印「1，0」", "打印「1，65」")]
    [InlineData("glances {name}", "0，没有结束", "0，结束了", "7，没有结束", "7，结束了")]
    public async Task 从外面一眼看不到的_也分得出状态(string programs, params string[] says)
    {
        Long.Only();

        Finished finished = await Stages.Run(["explore", .. Hidden(programs)]);

        finished.ExitCode.ShouldBeLessThan(3, finished.Error);
        foreach (string said in says) Ends(finished).ShouldContain(end => end.Contains(said), finished.Output + finished.Error);
    }

    /// <summary>怎样开始、怎样结束的小程序，和几个示例。</summary>
    [Theory]
    [InlineData("starts", "child")]
    [InlineData("starts", "throws")]
    [InlineData("starts", "exits")]
    [InlineData("starts", "errx")]
    [InlineData("starts", "code")]
    [InlineData("starts", "crashes")]
    [InlineData("starts", "fails")]
    [InlineData("starts", "dies")]
    [InlineData("outlives")]
    [InlineData("05", "--kill")]
    [InlineData("10", "--kill")]
    [InlineData("18")]
    [InlineData("20")]
    [InlineData("21")]
    [InlineData("22")]
    public async Task 由母进程分叉出来的进程_与从头启动的走到同样的状态和结局(params string[] scene)
    {
        Long.Only(scene[^1] != "child");
        string[] args = char.IsAsciiDigit(scene[0][0]) ? ["explore", .. scene] : ["explore", Stages.Program(scene[0]), .. scene[1..]];

        Finished forked = await Stages.Run(args);
        Finished started = await Stages.Command(args).WithEnvironmentVariables(e => e.Set("STAGE_FORKS", "0")).Finish();

        Plain(forked).ShouldBe(Plain(started), forked.Error + started.Error);
        forked.ExitCode.ShouldBe(started.ExitCode);
        Plain(forked).ShouldContain("个状态");

        static string Plain(Finished finished) => Regex.Replace(finished.Output, "，运行了 .*", "");
    }

    private static readonly string Mailbox = $"/mailbox-{Guid.NewGuid():n}";

    /// <summary>程序，埋的错（原文换成），参数，认得出的输出，报告里该有的话。</summary>
    public static TheoryData<string, string, string, string, string, string> Bugs => new()
    {
        { "丢失的更新", "counter", "", "", "^total 1", "打印了 ^total 1" },
        { "两个信号量互相等", "two-locks", "", "{name} a b + {name} b a", "", "一直等在 sem_wait" },
        { "忘了 post", "handover", "    sem_post(sem);\n=>", "{name}", "", "一直等在 sem_wait" },
        { "先写入、后 post，写反了", "handover", "    *value = 7;\n    sem_post(sem);\n=>    sem_post(sem);\n    *value = 7;\n", "{name}", "^got 0", "打印了 ^got 0" },
        { "信号量的初值是 1", "handover", "S_IWUSR, 0);\n    if (spawn=>S_IWUSR, 1);\n    if (spawn", "{name}", "^got 0", "打印了 ^got 0" },
        { "先看有没有，没有再创建", "create", "int fd = shm_open(args[0], O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);\nbool created = fd != -1;\n=>int fd = shm_open(args[0], O_RDWR, 0);\nbool created = fd == -1;\nif (created) fd = shm_open(args[0], O_RDWR | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);\n", "{name} + {name}", "", "" },
        { "读在 Volatile.Write 的中间", "counter", "    (*counter)++;\n=>    Volatile.Write(ref *counter, Volatile.Read(ref *counter) + 1);\n", "", "^total 1", "打印了 ^total 1" },
        { "经 Span 加一，也是读和写两步", "adds", "", "span", "^total 1", "打印了 ^total 1" },
        { "经 ref 加一，也是读和写两步", "adds", "", "ref", "^total 1", "打印了 ^total 1" },
        { "经 结构自己的函数 加一，也是读和写两步", "adds", "", "struct", "^total 1", "打印了 ^total 1" },
        { "经 属性 加一，也是读和写两步", "adds", "", "property", "^total 1", "打印了 ^total 1" },
        { "经 nint 加一，也是读和写两步", "adds", "", "nint", "^total 1", "打印了 ^total 1" },
        { "经 Interlocked.Exchange 的参数 加一，也是读和写两步", "adds", "", "exchange", "^total 1", "打印了 ^total 1" },
        { "经 Interlocked.CompareExchange 的参数 加一，也是读和写两步", "adds", "", "compare", "^total 1", "打印了 ^total 1" },
        { "经 => 的函数 加一，也是读和写两步", "adds", "", "arrow", "^total 1", "打印了 ^total 1" },
        { "经 if 的条件 加一，也是读和写两步", "adds", "", "if", "^total 1", "打印了 ^total 1" },
        { "经 元组 加一，也是读和写两步", "adds", "", "tuple", "^total 1", "打印了 ^total 1" },
        { "没有说什么是错，打印的却随次序而变", "counter", "", "", "", "打印的随次序而变，有 2 种" },
        { "一个进程打印的各行，先后随次序而变", "lines", "", "read {name} + write {name}", "", "打印的随次序而变，有 2 种" },
        { "两个发送方写明了名字，一条没有放进去，也不说", "mailbox", "", $"send {Mailbox} one + send {Mailbox} two + receive {Mailbox}", "", "丢失 1 条" },
        { "哪一个次序都做不成", "handover", "    *value = 7;\n=>    return 3;\n", "{name}", "", "没有说清楚" },
        { "不等就取，有的次序报错，有的做得成", "handover", "    sem_wait(sem);\n=>    if (sem_trywait(sem) == -1) errx(1, \"not ready\");\n", "{name}", "", "报错「not ready」；别的次序做得成" },
        { "名字删得太早", "handover", "    *value = 7;\n=>    shm_unlink(name);\n    *value = 7;\n", "{name}", "", "死于" },
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public async Task 埋的错都找得到_最短的次序重演出同样的结局(string what, string program, string change, string args, string wrong, string says)
    {
        Long.Only(what != "丢失的更新");
        Assert.SkipUnless(All || !Slow.Contains(what), "走得久：EXPLORE_ALL=1 才走");
        string source = await File.ReadAllTextAsync(Stages.Program(program), TestContext.Current.CancellationToken), planted = source;
        if (change.Split("=>") is [var from, var to])
        {
            planted = source.Replace(from, to, StringComparison.Ordinal);
            planted.ShouldNotBe(source, what);
        }

        string file = Path.Combine(Suite.Temp.FullName, $"{program}-{Random.Shared.Next()}.cs");
        await File.WriteAllTextAsync(file, planted, TestContext.Current.CancellationToken);
        try
        {
            string[] scene = [.. args.Split(" + ").Select(own => own.Split(' ', StringSplitOptions.RemoveEmptyEntries).Prepend(file)).Aggregate((all, next) => all.Append("+").Concat(next))];
            string[] options = wrong == "" ? [] : ["--wrong", wrong];

            Finished finished = await Stages.Run(["explore", .. scene, .. options]);

            finished.ExitCode.ShouldBe(1, $"{what}\n{finished.Output}{finished.Error}");
            string[] lines = finished.Lines;
            int at = Array.FindIndex(lines, line => line.StartsWith('✗') && line.Contains(says));
            at.ShouldBeGreaterThan(0, finished.Output);
            string order = OrderIn().Match(lines[at + 1]).Groups[1].Value;
            string? first = null;
            for (int i = 0; i < (All ? 20 : 1); i++)
            {
                Finished again = (await Stages.Run([.. scene, "--order", order])).ShouldSucceed();
                first ??= Masked(again);
                Masked(again).ShouldBe(first);
                again.Lines[^1].ShouldContain(Regex.IsMatch(again.Lines[^1], "一直等在|没有停下") ? "走不动了：" : "都结束了：");
                if (wrong != "") Regex.IsMatch(again.Output, "打印：" + wrong.TrimStart('^')).ShouldBeTrue(again.Output);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>埋在示例的副本里的错：哪一对，改哪个文件，原文换成什么，该看到什么。</summary>
    public static TheoryData<string, string, string, string, string> Planted => new()
    {
        { "10-ShmSemaphore", "Sender/Program.cs", "    Must(sem_post(sem));\n=>", "", "丢失 1 条" },
        { "10-ShmSemaphore", "Receiver/Program.cs", "    Must(sem_unlink(semName), semName, (ENOENT, Allowed));\n=>", "", "留下 /memmap_sem" },
        { "10-ShmSemaphore", "Receiver/Program.cs", "Must(sem_wait(sem), semName);=>sem_trywait(sem);", "", "" },
        { "10-ShmSemaphore", "Sender/Program.cs", "    message.CopyTo(new Span<byte>(memPtr, size));\n=>", "", "要发「m1」，发的是「」" },
        { "18-Overlap", "Receiver/Program.cs", "    if (head->Taken == head->Written) Must(shm_unlink(name), name);\n    Must(munmap=>    Must(munmap", "", "都收到了，名字还留着" },
        { "18-Overlap", "Sender/Program.cs", "        if (st.st_nlink > 0) break;\n=>        break;\n", "--senders 2 --limit 300", "" },
        { "18-Overlap", "Receiver/Program.cs", "    Must(munmap(head, size));\n=>    bool last = head->Taken == head->Written;\n    Must(munmap(head, size));\n    Must(flock(fd, LOCK_UN));\n    if (last) shm_unlink(name);\n", "--senders 2 --limit 300", "" },
        { "18-Overlap", "Sender/Program.cs", "Must(flock(fd, LOCK_EX | LOCK_NB), name, (EAGAIN, Allowed)) == -1=>false", "--senders 2 --limit 300", "" },
        { "18-Overlap", "Receiver/Program.cs", "    Console.WriteLine($\"process=>    Volatile.Write(ref head->Taken, head->Taken + length + 1);\n    Console.WriteLine($\"process", "--kill", "" },
        { "18-Overlap", "Receiver/Program.cs", "Volatile.Write(ref head->Taken, head->Taken + length + 1);=>Volatile.Write(ref head->Taken, head->Taken + length);", "", "" },
    };

    [Theory]
    [MemberData(nameof(Planted))]
    public async Task 埋在示例的副本里的错_也找得到(string example, string file, string change, string options, string says)
    {
        Long.Only();
        Assert.SkipUnless(All || says != "", "走得久：EXPLORE_ALL=1 才走");
        string copy = Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName());
        try
        {
            foreach (string side in new[] { "Sender", "Receiver" })
            {
                Directory.CreateDirectory(Path.Combine(copy, side));
                File.Copy(Path.Combine(Suite.Root, "examples", example, side, "Program.cs"), Path.Combine(copy, side, "Program.cs"));
            }

            string source = await File.ReadAllTextAsync(Path.Combine(copy, file), TestContext.Current.CancellationToken);
            string[] parts = change.Split("=>", 2);
            source.ShouldContain(parts[0]);
            await File.WriteAllTextAsync(Path.Combine(copy, file), source.Replace(parts[0], parts[1], StringComparison.Ordinal), TestContext.Current.CancellationToken);

            Finished finished = await Stages.Run(["explore", Path.Combine(copy, "Sender"), "{name}", "m1", "+", Path.Combine(copy, "Receiver"), "{name}", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

            finished.ExitCode.ShouldBe(1, finished.Output + finished.Error);
            finished.Lines.ShouldContain(line => line.StartsWith('✗') && line.Contains(says));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task 发送方什么也不说就正常结束_它的一条也要有人收到()
    {
        Long.Only();
        const string Whole = "    Must(Native.link(own, path), path, (Posix.Libc.EEXIST, \"上一条还没有人取走。\"));\n";
        string source = await File.ReadAllTextAsync(Path.Combine(Suite.Root, "tutorial/solutions/20-mailbox.cs"), TestContext.Current.CancellationToken);
        source.ShouldContain(Whole);
        string file = Path.Combine(Suite.Temp.FullName, $"mailbox-{Random.Shared.Next()}.cs");
        await File.WriteAllTextAsync(file, source.Replace(Whole, "    if (File.Exists(path)) errx(1, \"上一条还没有人取走。\");\n    Must(Native.rename(own, path), path);\n", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        try
        {
            Finished finished = await Stages.Run("explore", file, "send", "{name}", "m1", "+", file, "receive", "{name}", "--senders", "2");

            // 两个都看过了才改名：后一个盖住了前一个。
            finished.ExitCode.ShouldBe(1, finished.Output + finished.Error);
            finished.Lines.ShouldContain(line => line.StartsWith("✗ 丢失 1 条，发送方正常结束了，没有接收方收到"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task 文章自己的先后_先问大小再等_自己找到崩溃的次序()
    {
        Long.Only();
        string[] scene = [Stages.Program("article-sender"), "{name}", "+", Stages.Program("article-receiver"), "{name}"];

        Finished finished = await Stages.Run(["explore", .. scene]);

        // 大小还是 0 就问了、映射了：一访问就死。文章的接收方不删名字，也看得出来。
        finished.ExitCode.ShouldBe(1, finished.Output + finished.Error);
        int at = Array.FindIndex(finished.Lines, line => line.StartsWith('✗') && line.Contains("article-receiver 死于 SIG"));
        at.ShouldBeGreaterThan(0, finished.Output);
        finished.Output.ShouldContain("留下 /memmap、/memmap_sem");
        Finished again = await Stages.Run([.. scene, "--order", OrderIn().Match(finished.Lines[at + 1]).Groups[1].Value]);
        again.ShouldSucceed().Output.ShouldContain("死于 SIG");
    }

    [Fact]
    public async Task 一个次序写成网页_照它走到同样的结局()
    {
        Long.Only();
        // 三个进程走遍要很久，只录丢失的那一个。
        JsonElement data = await Stages.Record("10", "--senders", "2", "--order", "A*C@shm_unlink(name),;CB*C*");

        data.GetProperty("complete").GetBoolean().ShouldBeFalse();
        string ending = Stages.Endings(data).ShouldHaveSingleItem();
        ending.ShouldContain("send:message 2");
        ending.ShouldContain("recv:the first message");
        data.GetProperty("script").GetArrayLength().ShouldBe(data.GetProperty("states").GetArrayLength() - 1);
    }

    [Theory]
    [InlineData(SIGINT)]
    [InlineData(SIGTERM)]
    public async Task 走到一半按_Ctrl_C_进程和临时文件都不留(Signal signal)
    {
        Long.Only();
        string temp = Directory.CreateDirectory(Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName())).FullName;
        try
        {
            await using var stage = new Running(Stages.Command("explore", "10").WithEnvironmentVariables(e => e.Set("TMPDIR", temp).Set("DOTNET_EnableDiagnostics", "0")));
            int[] children = [];
            await Eventually.True(() => (children = stage.Children).Length > 1, "台上有了进程");

            stage.Send(signal);

            (await stage.Finish()).ExitCode.ShouldBe(128 + (int)signal);
            await Eventually.True(() => children.All(child => !Outside.IsRunning(child)), "台上的进程都结束");
            Directory.GetFileSystemEntries(temp).ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(temp, recursive: true);
        }
    }

    [Fact]
    public async Task 没有错的程序_退出码_0()
    {
        Long.Only();
        Finished finished = await Stages.Run("explore", Stages.Program("handover"), "{name}", "--wrong", "^got 0");

        finished.ShouldSucceed().Output.ShouldContain("✓ ");
        finished.Output.ShouldNotContain("✗");
    }

    [Fact]
    public async Task 到了上限_说没有走完_退出码_3()
    {
        Long.Only();
        Finished finished = await Stages.Run("explore", "18", "--senders", "2", "--limit", "1");

        finished.ExitCode.ShouldBe(3, finished.Output + finished.Error);
        finished.Output.ShouldContain("没有走完：到了上限");
    }

    /// <summary>示例的每一场：参数，退出码，一定要有的收场。</summary>
    public static TheoryData<string, int, string> Scenes => new()
    {
        { "05", 0, "✓" },
        { "06", 0, "· 送达 1 条；还没有写入就读了" },
        { "10", 0, "✓ 送达 1 条" },
        { "10 --senders 2", 1, "丢失 1 条" },
        { "10 --receivers 2", 1, "一直等在 sem_wait" },
        { "16", 0, "✓ 送达 1 条" },
        { "16 --kill", 0, "✓ 送达 1 条" },
        { "16 --senders 2", 0, "✓ 送达 1 条" },
        { "16 --receivers 2", 0, "✓ 送达 1 条" },
        { "17", 0, "✓ 送达 1 条" },
        { "18", 0, "✓ 送达 1 条" },
        { "18 --kill", 0, "✓ 送达 1 条" },
        { "18 --senders 2", 0, "✓ 送达" },
        { "18 --receivers 2", 0, "✓ 送达" },
        { "19", 0, "✓" },
        { "20", 0, "64 个次序，97 个状态" },
        { "20 --kill", 0, "✓" },
        { "21", 0, "✓ 送达 1 条" },
        { "21 --kill", 1, "✓ 没有送达；发送方 被杀死；接收方 报错「recv_fd(peer): ECONNRESET" },
        { "22", 0, "✓ 送达 1 条" },
    };

    [Theory]
    [MemberData(nameof(Scenes))]
    public async Task 示例的每个次序(string args, int exitCode, string says)
    {
        Assert.SkipUnless(All, "EXPLORE_ALL=1 才走遍示例的每个次序，要几十分钟");

        Finished finished = await Stages.Run(["explore", .. args.Split(' '), "--limit", "3600"]);

        finished.ExitCode.ShouldBe(exitCode, finished.Output + finished.Error);
        finished.Output.ShouldContain(says);
    }

    // 各种收场，不含次序的多少。
    private static string[] Ends(Finished finished) => [.. finished.Lines.Where(line => line is ['✓' or '✗', ..])];

    // 每个程序的第一个词是它的文件名。
    private static string[] Hidden(string programs) => [.. programs.Split(' ').Select((word, i) => char.IsAsciiLetter(word[0]) && (i == 0 || programs.Split(' ')[i - 1] == "+") ? Stages.Program("hidden/" + word) : word)];

    private static string Masked(Finished finished) => Numbers().Replace(finished.Output, "#");

    [GeneratedRegex("--order '([^']*)'")]
    private static partial Regex OrderIn();

    [GeneratedRegex("0x[0-9a-f]+|(?<=（|:|方 )[0-9]+(?=）|：| )")]
    private static partial Regex Numbers();
}
