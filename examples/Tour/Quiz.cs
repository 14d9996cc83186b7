using System.Text.RegularExpressions;
using Spectre.Console;

namespace Examples.Tour;

/// <summary>先问，再猜，然后运行，让输出来回答。</summary>
internal static class Quiz
{
    // 每个选项带一个正则表达式：运行的输出里有它，这个选项就是对的。答案不写在这里，是看到的。
    private sealed record Question(string Stop, string Chapter, string Ask, params (string Say, string Seen)[] Choices);

    private static readonly Question[] Questions =
    [
        new("05-AnonymousMapping", "05-anonymous-mapping.md",
            "父进程写入 0，子进程经同一块共享内存写入 1，结束。父进程这时读到几？",
            ("0", "memory value 0"),
            ("1", "memory value 1")),
        new("05-AnonymousMapping", "05-anonymous-mapping.md",
            "父子两个进程里，这块共享内存映射在同一个地址吗？",
            ("同一个地址", "映射在 (0x\\w+)\n.*映射在 \\1\\b"),
            ("不同的地址", "映射在 (0x\\w+)\n(.*\n)*.*映射在 (?!\\1\\b)0x")),
        new("10-ShmSemaphore", "10-shm-semaphore.md",
            "Sender 发完就结束了，之后才启动 Receiver。消息还在吗？",
            ("还在，读得到", "recv:你好"),
            ("不在了，打开就出错", "ENOENT"),
            ("Receiver 一直等", "没有动静")),
        new("01-Tmpfs", "01-tmpfs.md",
            "ftruncate 把对象定成 64 MiB，还没有写入。它占用多少内存？",
            ("64 MiB", "还没有写入：对象占用 65536 KiB"),
            ("一页", "还没有写入：对象占用 [1-9][0-9]? KiB"),
            ("0", "还没有写入：对象占用 0 KiB")),
        new("02-Mmap/SharedVsPrivate", "02-mmap.md",
            "父进程经 MAP_PRIVATE 写入一个数。文件里的跟着变吗？",
            ("跟着变", "MAP_PRIVATE 写入：自己看到 (\\d+).*文件仍是 \\1"),
            ("不变", "MAP_PRIVATE 写入：自己看到 (\\d+).*文件仍是 (?!\\1)\\d")),
        new("02-Mmap/Protection", "02-mmap.md",
            "映射只有 PROT_READ，进程往里写入，会怎样？",
            ("写不进去，进程照常", "PROT_READ +r--s +允许 +允许"),
            ("死于 SIGSEGV", "PROT_READ +r--s +允许 +SIGSEGV"),
            ("死于 SIGBUS", "PROT_READ +r--s +允许 +SIGBUS")),
        new("03-Munmap", "03-munmap.md",
            "映射连续的三页，munmap 中间一页。/proc/self/maps 里还有几个映射？",
            ("一个也没有", "munmap 中间一页，变成两个：没有了"),
            ("一个", "munmap 中间一页，变成两个：[\\w-]+(：|$)"),
            ("两个", "munmap 中间一页，变成两个：[\\w-]+ [\\w-]+")),
        new("04-Msync", "04-msync.md",
            "经映射写入之后没有 msync。另一个进程用 pread 读这个文件，读到的是哪个值？",
            ("旧的", "写入 (\\d+)，还没写回(.*\n)*.*退出码 (?!\\1\\b)\\d"),
            ("新的", "写入 (\\d+)，还没写回(.*\n)*.*退出码 \\1\\b")),
        new("08-ShmOpen", "08-shm-open.md",
            "umask 是 022，shm_open 的 mode 给 0666。对象的权限是什么？",
            ("0666", "umask 022 得到 0666"),
            ("0644", "umask 022 得到 0644"),
            ("0600", "umask 022 得到 0600")),
        new("09-ShmUnlink", "09-shm-unlink.md",
            "两个进程都映射着对象，一个 shm_unlink 之后写入新值。另一个还看得到吗？",
            ("看得到", "✓ J1 父进程先前写入"),
            ("看不到，还是旧值", "✗ J1 父进程先前写入")),
        new("12-AttachRace", "12-attach-race.md",
            "接收方照文章的次序，先 fstat 再 sem_wait，又来得太早。它怎样结束？",
            ("读到消息", "不检查 MAP_FAILED.*结局 退出码 0"),
            ("死于 SIGSEGV", "不检查 MAP_FAILED.*结局 SIGSEGV"),
            ("死于 SIGBUS", "不检查 MAP_FAILED.*结局 SIGBUS")),
        new("13-LostUpdates", "13-lost-updates.md",
            "两个进程各给同一个 int 加一千万次，不加保护。总数是多少？",
            ("正好两千万", "丢了 0 次"),
            ("少于两千万", "丢了 [1-9]\\d* 次")),
        new("14-ShmFull", "14-shm-full.md",
            "/dev/shm 只有 64 KiB，ftruncate 成 128 KiB，映射，写满。写入的进程怎样结束？",
            ("ftruncate 就失败了", "ftruncate.*ENOSPC"),
            ("死于 SIGBUS", "写入的进程死于 SIGBUS"),
            ("死于 SIGSEGV", "写入的进程死于 SIGSEGV")),
    ];

    /// <summary>有题目的各站里，选中的那些；一个也没有就是全部。</summary>
    public static Stop[] Stops(Stop[] chosen) =>
        [.. Questions.Select(question => question.Stop).Distinct().SelectMany(Catalog.Find).Where(chosen.Contains)];

    /// <summary>一题一题地问，直到问完，或读者输入 q。</summary>
    /// <param name="guide">运行示例。</param>
    /// <param name="stops">要问的各站。</param>
    /// <param name="cancelled">结束正在运行的示例。</param>
    /// <returns>示例都照常运行为 true；猜得对不对不算。</returns>
    public static async Task<bool> Run(Guide guide, Stop[] stops, CancellationToken cancelled)
    {
        int right = 0, asked = 0;
        bool well = true;
        var again = new List<string>();
        foreach (Question question in Questions.Where(question => stops.Any(stop => stop.Folder == question.Stop)))
        {
            if (await Guess(question, cancelled) is not { } guess) break;
            well &= await guide.Visit(stops.First(stop => stop.Folder == question.Stop), full: true, cancelled);
            int answer = Array.FindIndex(question.Choices, choice => Regex.IsMatch(guide.Heard, choice.Seen));
            if (answer == -1) AnsiConsole.MarkupLine("[yellow]这一次的输出里没有答案，不计分。[/]");
            if (answer == -1) continue;
            asked++;
            right += guess == answer ? 1 : 0;
            if (guess != answer) again.Add("tutorial/" + question.Chapter);
            string verdict = guess == answer ? "[green]✓ 猜对了：{0}。[/]" : "[red]✗ 看到的是：{0}。[/]";
            AnsiConsole.MarkupLine(string.Format(null, verdict, question.Choices[answer].Say.EscapeMarkup()));
        }

        AnsiConsole.MarkupLine($"[bold]{asked} 题，猜对 {right} 题。[/]");
        if (again is not []) AnsiConsole.MarkupLine($"再读一读：{string.Join('、', again.Distinct())}");
        return well;
    }

    private static async Task<int?> Guess(Question question, CancellationToken cancelled)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine($"[bold]{question.Ask.EscapeMarkup()}[/]");
        for (int i = 0; i < question.Choices.Length; i++)
            AnsiConsole.MarkupLine($"  {i + 1} {question.Choices[i].Say.EscapeMarkup()}");
        while (true)
        {
            AnsiConsole.Markup($"[dim]你猜是哪个？输入 1 到 {question.Choices.Length}，q 结束：[/]");
            string? said = await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(cancelled);
            if (Console.IsInputRedirected) AnsiConsole.WriteLine();
            if (said is null or "q") return null;
            bool valid = int.TryParse(said, out int number) && number >= 1 && number <= question.Choices.Length;
            if (valid) return number - 1;
        }
    }
}
