namespace Check;

/// <summary>一个练习。题目和看哪一章，写在发下来的文件开头。</summary>
/// <param name="Hints">两步提示，第二步更具体，但不是答案。</param>
internal sealed record Exercise(string Name, Action<Trial> Check, params string[] Hints)
{
    public static readonly Exercise[] All =
    [
        new("01-protection", trial => Exchange.ChildToParent(trial, "子进程写入值，父进程读出同一个值"),
            "子进程打印之前就死了，死在写入的那一行。那一行要对内存做什么，映射又允许做什么？",
            "同一个对象，每个进程各自映射，各有各的保护。对照父进程和子进程的 mmap 的第三个参数。"),
        new("02-private", trial => Exchange.ChildToParent(trial, "子进程写入值，父进程读出同一个值", shared: true),
            "子进程读回来是对的，说明值写入了某一页。那一页是父进程看的那一页吗？",
            "mmap 的第四个参数决定：写入的时候是改对象本身，还是先复制一页给自己。两个进程的都看一遍。"),
        new("03-waitpid", trial => Exchange.ChildToParent(trial, "父进程等到子进程结束，读出它写入的值", tells: true),
            "spawn_self 一启动就返回。父进程读的时候，子进程走到哪里了？",
            "子进程的编号在 pid 里。哪个调用等到它结束，还告诉你它是怎样结束的？没有写入就死了的子进程，它的值不能读。"),
        new("04-exec", trial => Exchange.ChildToParent(trial, "子进程拿到父进程的描述符，写入值，父进程读出同一个值", unnamed: true),
            "描述符的编号只在一个进程里有意义。posix_spawn 之后，父进程的描述符里哪些还在子进程里？看 memfd_create 的标志，再看 spawn_self 关掉了哪些。",
            "spawn_self 的最后一个参数指定交出的描述符：(父进程的编号, 子进程里的编号)，编号从 3 开始。告诉子进程的，应当是后一个编号。"),
        new("05-offset", Offset.Check,
            "man 2 mmap：offset must be a multiple of the page size。那就从要看的字节所在的那一页的开头映射起。",
            "从页的开头映射，要看的 int 在映射里的第几个字节？长度也要加上这么多：int 可能跨到下一页。页的大小用 getpagesize() 问。"),
        new("06-ftruncate", trial => Named.Sized(trial),
            "每个调用都返回成功，错在它们之间少了一步。刚创建的共享内存对象有多大？ls -l /dev/shm 看看。",
            "man 3 shm_open：A new shared memory object initially has zero length。哪个调用能改它？要在访问映射的内存之前。"),
        new("07-unlink", Named.Unlinked,
            "运行一次之后 ls /dev/shm：多了什么？谁创建的，就由谁删；删了之后，已经打开的照样能用。",
            "要在哪一条路都会经过的地方删：子进程失败了、中途 return 了、Must 和 errx 就地退出了，也一样。finally 管不了最后两种；.NET 有一个事件，无论怎样退出都会触发（AppDomain）。没有创建成的，不归自己删。"),
        new("08-excl", Excl.Check,
            "O_CREAT 成功了，你知道对象是刚创建的，还是本来就有的吗？",
            "有一个标志，让「已经有了」变成失败，errno 是 EEXIST；得到它的就是加入者。先看有没有、再去创建不行：看和创建之间有空档。别的错误不是「已经有了」。"),
        new("09-attach-race", Handover.Text,
            "接收方哪一步依赖发送方已经做完的事？大小和内容，各在发送方的哪一步之后才有？",
            "信号量说「写完了」。凡是要看对象的，都应当在等到它之后。"),
        new("10-semaphore", trial => Handover.Value(trial, named: true),
            "信号量的值在这里数的是什么？一个值也没有写的时候，它应当是几？",
            "两处：谁创建信号量，看它的初值；谁 post，看 post 和写入哪个在前。接收方醒来的那一刻，值必须已经在内存里。"),
        new("11-lost-updates", trial => Counter.Whole(trial, dies: false),
            "「加一」在 CPU 上是读、加、写三步。两个进程都读到 7，都写 8，会怎样？volatile 能让三步变成一步吗？",
            "要么让 CPU 一步做完（Interlocked 里找），要么每次加之前先拿到锁（信号量，初值 1），加完就放开。"),
        new("12-ring-buffer", trial => new Ring(trial, producers: 1).Check(),
            "生产者比消费者快八个以上，会放到哪一格？那一格里的值取走了吗？",
            "再要一个信号量，数空着的格子：初值是几？谁在什么时候等它，谁在什么时候 post？删名字的时候也别忘了它。"),
        new("13-holder-dies", trial => Counter.Whole(trial, dies: true),
            "信号量知道是谁把它减成 0 的吗？那个进程死了，谁来 post？",
            "man 2 flock：锁属于打开的文件，描述符全部关闭，锁就放开；进程无论怎样结束，内核都会关闭它的描述符。两个进程从父进程接来的是同一个打开的文件，各自重新打开一次（/proc/self/fd/3）。"),
        new("14-pointer", InMemory.Pointer,
            "父进程打印 (long)second，子进程打印 (long)first：两个进程的映射在同一个地址吗？",
            "存「第二个节点离开头多少字节」，用的时候加上自己的 first。"),
        new("15-struct", InMemory.Struct,
            "C 的 char、long、bool、double 各是几个字节？C# 的 char、int、bool、double 呢？打印 sizeof(Reading)。",
            "C 的成员按自己的大小对齐：double 要放在 8 的倍数处，前面空着。C# 默认也这样，Pack 是多少？"),
        new("16-full", Full.Check,
            "ftruncate 之后，对象占了多少内存？df /dev/shm 看看。内存是哪一步才分配的？",
            "man 3 posix_fallocate：分不到就返回 ENOSPC。它不经过 errno，直接返回错误编号。"),
        new("17-flag", trial => Handover.Value(trial, named: false),
            "接收方看到标志的那一刻，内容写了吗？两行的次序是什么？",
            "Volatile.Write 之前的写入，不会挪到它之后；Volatile.Read 之后的读取，不会挪到它之前。"),
        new("18-died", Died.Check,
            "waitpid 给的 status 不是退出码：退出码 7 的时候它是 1792，死于 SIGKILL 的时候它是 9。用哪几个函数拆开？",
            "先 WIFSIGNALED，再 WTERMSIG；sigabbrev_np 给出信号的名字，不含 SIG。没有正常结束，就不打印值。"),
        new("19-two-producers", trial => new Ring(trial, producers: 2).Check(),
            "「下一个是第几格」也是共有的：两个生产者都读到 3，会怎样？",
            "从看下标到 post，中间不能有另一个生产者。再要一个信号量当锁，初值是几？"),
        new("20-mailbox", Mailbox.Check,
            "先写最简单的：send 创建、写入，receive 读出、删掉。哪一步走到一半，另一方来了会看到什么？",
            "要么先在别处写好，再一步变成大家看得到的（link；File.Move 不行，它先看有没有、再改名，是两步）；要么写好才 post，接收方先试着 sem_trywait。"),
    ];

    public string Number => Name[..2];
    public string Title => Head($"// 练习 {Number} · ");
    public string Chapter => Head("// 看哪一章：").TrimEnd('。');
    public static Exercise? Find(string? name) => All.FirstOrDefault(e => e.Number == name?.PadLeft(2, '0') || e.Name == name);
    /// <summary>一个文件是哪个练习的答案：文件或它所在的目录叫练习的名字。</summary>
    public static Exercise? Of(string file) => Find(Path.GetFileNameWithoutExtension(file)) ?? Find(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))));
    private string Head(string start) => File.ReadLines(Workspace.Given(this)).First(line => line.StartsWith(start, StringComparison.Ordinal))[start.Length..];
}
