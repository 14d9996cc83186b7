using System.Text.Json;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Stage.Tests;

/// <summary>舞台：真实的进程一次走一步，看到的是它们真正的样子。</summary>
public sealed partial class StageTests
{
    [Fact]
    public async Task Receiver_早来一步_看得到它睡在信号量上_对象的大小还是_0()
    {
        Finished finished = (await Stages.Run("10")).ShouldSucceed();

        string asleep = finished.Output.Split("\n\n").First(step => step.Contains("B 的处境：睡在 sem_wait"));
        asleep.ShouldContain("睡在 sem_wait，信号量 /memmap_sem");
        asleep.ShouldContain("对象 /memmap：0 字节，空");
        asleep.ShouldContain("值 0，等待者 1");
        finished.Output.ShouldContain("B 醒了");
        finished.Lines[^1].ShouldContain("recv:yuki...");
    }

    [Fact]
    public async Task 子进程有自己的一路_父进程睡在_waitpid_上_直到它结束()
    {
        Long.Only();
        Finished finished = (await Stages.Run("05")).ShouldSucceed();

        finished.Output.ShouldContain("A 的处境：睡在 waitpid，进程 B");
        finished.Output.ShouldContain("memfd:anonymous：4 字节，整数 0 → 4 字节，整数 1");
        finished.Output.ShouldContain("B 的处境：结束，退出码 0");
        finished.Lines[^1].ShouldContain("parent:memory value 1");
    }

    [Theory]
    [InlineData("21-PassMemory", "{files}/socket", "*", "睡在 read，套接字", "memfd:letter")]
    [InlineData("22-SystemV", "{key}", "A@semop;B*A*B*", "睡在 semop，信号量 semget 创建的", "shmget 创建的段")]
    public async Task 不在_dev_shm_里的_内容和谁在等谁_也看得到(string project, string where, string order, string asleep, string thing)
    {
        Long.Only();
        string message = Random.Shared.GetHexString(8, lowercase: true), program = Path.Combine(Suite.Root, "examples", project);

        Finished finished = (await Stages.Run(program, "send", where, message, "+", program, "receive", where, "--order", order)).ShouldSucceed();

        finished.Output.ShouldContain($"B 的处境：{asleep}");
        finished.Output.ShouldContain($"{thing}：9 字节，都是 0 → 9 字节，「{message}」");
        finished.Output.ShouldContain($"* {thing} 没有了");
        finished.Lines[^1].ShouldContain($"recv:{message}");
    }

    [Fact]
    public async Task 相隔很远的整数_写成第几个字节和值_编号写成是谁的()
    {
        Long.Only();
        int offset = Random.Shared.Next(24, 127) * 4, value = Random.Shared.Next(1, 1 << 24);
        long big = Random.Shared.NextInt64(1L << 56, long.MaxValue);
        string[] scene = [Stages.Program("apart"), "{name}", $"{offset}", $"{value}", $"{big}"];
        string beyond = $"+{offset}：{value}，+512：{big}";

        string output = (await Stages.Run(scene)).ShouldSucceed().Output;

        output.ShouldContain("* /memmap：1024 字节，都是 0 → 1024 字节，整数 A 的编号\n");
        output.ShouldContain($"/memmap：0 → +{offset}：{value}\n");
        output.ShouldContain($"    对象 /memmap：1024 字节，整数 A 的编号，{beyond}\n");
    }

    [Fact]
    public async Task 第_20_章的账和互斥锁的主人_每一步都看得到()
    {
        Long.Only();
        string output = (await Stages.Run("20")).ShouldSucceed().Output;

        // 两边的转账都写进了内存：合计从头到尾是同一个数，转走的等于转入的。
        MatchCollection books = Regex.Matches(output, @"\+128：(\d+)，\+136：(\d+)(?:，\+144：(\d+))?\n");
        books.Select(book => book.Groups[1].Value).Distinct().Count().ShouldBe(1);
        int Number(int group) => int.Parse(books[^1].Groups[group].Value);
        Number(3).ShouldBeGreaterThan(0);
        (Number(2) + Number(3)).ShouldBe(Number(1));
        foreach (char who in "AB") output.ShouldContain($"整数 {who} 的编号 1 {who} 的编号 1");
    }

    [Fact]
    public async Task 同样的次序_每次看到的都一样()
    {
        Long.Only();
        Finished[] runs = await Task.WhenAll(Stages.Run("10", "--order", "A8B3A*B*"), Stages.Run("10", "--order", "A8B3A*B*"));

        // 两个舞台同时演，用同一个名字，谁也没有碰到谁。
        string[] masked = [.. runs.Select(run => Numbers().Replace(run.ShouldSucceed().Output, "#"))];
        masked[0].ShouldBe(masked[1]);
        masked[0].ShouldContain("recv:yuki...");
    }

    [Fact]
    public async Task 系统不给自己的_dev_shm_照样演_两个同时演也不遇到_名字一个不留()
    {
        Long.Only();
        Command command = Stages.Command("12").WithEnvironmentVariables(e => e.Set("CHECK_PRIVATE_SHM", "0"));

        Finished[] runs = await Task.WhenAll(command.Finish(), command.Finish());

        string[] names = [.. runs.Select(run => Regex.Match(run.ShouldSucceed().Output, "AttachRace-[0-9a-f]{16}").Value)];
        names.Distinct().Count().ShouldBe(2);
        foreach (Finished run in runs)
        {
            run.Error.ShouldContain("用本机的");
            run.Output.ShouldContain("B 的处境：死于 SIGSEGV");
        }

        Directory.GetFiles("/dev/shm").ShouldNotContain(file => names.Any(file.Contains));
    }

    [Fact]
    public async Task 两个进程各加一次_走遍次序_总数是_2_或者_1_没有别的()
    {
        Long.Only();
        JsonElement data = await Stages.Record(Stages.Program("counter"));

        data.GetProperty("complete").GetBoolean().ShouldBeTrue();
        Stages.Endings(data).ShouldBe(["✓ A 打印「total 2, child 0」；B 正常结束", "✓ A 打印「total 1, child 0」；B 正常结束"], ignoreOrder: true);

        // 丢掉一次的最短次序：一方读了，还没有存，另一方读和存都做完；照它再演一次，真的丢了。
        JsonElement lost = data.GetProperty("endings").EnumerateArray().Single(e => e.GetProperty("text").GetString()!.Contains("total 1"));
        string order = string.Concat(lost.GetProperty("order").EnumerateArray().Select(lane => (char)('A' + lane.GetInt32())));
        Finished again = (await Stages.Run(Stages.Program("counter"), "--order", order)).ShouldSucceed();
        again.Output.ShouldContain("total 1");
        again.Output.ShouldContain("（读）");
        again.Output.ShouldContain("（存）");
    }

    [Fact]
    public async Task 把写入和_post_调换_舞台就找到读早了的次序()
    {
        Long.Only();
        string source = await File.ReadAllTextAsync(Stages.Program("handover"), TestContext.Current.CancellationToken);
        string swapped = source.Replace("    *value = 7;\n    sem_post(sem);\n", "    sem_post(sem);\n    *value = 7;\n");
        swapped.ShouldNotBe(source);
        string file = Path.Combine(Suite.Temp.FullName, $"swapped-{Random.Shared.Next()}.cs");
        await File.WriteAllTextAsync(file, swapped, TestContext.Current.CancellationToken);
        try
        {
            Stages.Endings(await Stages.Record(Stages.Program("handover"), "{name}")).ShouldBe(["✓ A 正常结束；B 打印「got 7」"]);
            Stages.Endings(await Stages.Record(file, "{name}")).ShouldBe(["✓ A 正常结束；B 打印「got 0」", "✓ A 正常结束；B 打印「got 7」"], ignoreOrder: true);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task 示例_10_的_Sender_改成先_post_后写入_网页上就有出错的结局()
    {
        Long.Only();
        DirectoryInfo copy = Directory.CreateDirectory(Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName()));
        try
        {
            foreach (string side in new[] { "Sender", "Receiver" })
            {
                string source = await File.ReadAllTextAsync(Path.Combine(Suite.Root, "examples/10-ShmSemaphore", side, "Program.cs"), TestContext.Current.CancellationToken);
                const string Post = "    Must(sem_post(sem));\n", Write = "    message.CopyTo(new Span<byte>(memPtr, size));\n";
                string changed = source.Replace(Post, "").Replace(Write, Post + Write);
                (changed != source).ShouldBe(side == "Sender");
                await File.WriteAllTextAsync(Path.Combine(copy.CreateSubdirectory(side).FullName, "Program.cs"), changed, TestContext.Current.CancellationToken);
            }

            string[] endings = Stages.Endings(await Stages.Record($"{copy}/Sender", "{name}", "+", $"{copy}/Receiver", "{name}"));

            endings.ShouldContain(ending => ending.StartsWith("✗ 读到「」，没有人发过：A 打印「process:"));
            endings.ShouldContain(ending => ending.StartsWith("✓ A 打印「process:") && ending.Contains("recv:yuki..."));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("killed", "A 死于 SIGKILL")]
    [InlineData("asleep", "A 一直等在 sem_wait，信号量 /memmap")]
    [InlineData("sleep", "A 一直等在 睡着了，看不出在等谁")]
    [InlineData("spin", "A 没有停下")]
    [InlineData("none", "A 退出码 3")]
    public async Task 不再回来的进程_舞台说出它怎样了_自己不挂住(string kind, string said)
    {
        Long.Only();
        Command command = Stages.Command(Stages.Program("endings"), kind, "{name}");
        Finished finished = await command.WithEnvironmentVariables(e => e.Set("TMPDIR", Suite.Temp.FullName).Set("DOTNET_EnableDiagnostics", "0").Set("STAGE_LIMIT", kind == "spin" ? "6" : "60")).Finish();

        finished.ShouldSucceed().Lines[^1].ShouldContain(said);
    }

    [Fact]
    public async Task 一边等一边数着次数的_剧本轮到别的进程_演得完()
    {
        int value = Random.Shared.Next(1, int.MaxValue);
        (await Stages.Run(Stages.Program("polls"), $"{value}")).ShouldSucceed().Lines[^1].ShouldContain($"都结束了：A 正常结束；B 打印「got {value}」；C 正常结束");
    }

    [Fact]
    public async Task 调用在舞台上换过_失败的时候报的仍是源文件里的原文() =>
        (await Stages.Run(Stages.Program("endings"), "late", "{name}")).ShouldSucceed().Lines[^1].ShouldContain("A 退出码 1「sem_clockwait(sem, CLOCK_MONOTONIC, default): ETIMEDOUT");

    [Fact]
    public async Task 不停地启动子进程的_演到_24_个为止_一个也不留()
    {
        DirectoryInfo temp = Directory.CreateDirectory(Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName()));
        try
        {
            Finished finished = await Stages.Command(Stages.Program("endings"), "storm").WithEnvironmentVariables(e => e.Set("TMPDIR", temp.FullName).Set("DOTNET_EnableDiagnostics", "0")).Finish();

            finished.ExitCode.ShouldBe(1, finished.Error);
            finished.Error.ShouldContain("超过 24 个进程");
            With(temp.Name).ShouldBeEmpty();
            temp.GetFileSystemInfos().ShouldBeEmpty();
        }
        finally
        {
            temp.Delete(recursive: true);
        }
    }

    /// <summary>走遍的时候，退出码 1 是有的结局不对，没有走成的是 4。</summary>
    [Theory]
    [InlineData("", 1)]
    [InlineData("explore", 4)]
    public async Task 编译不过_照编译器说的报(string command, int exitCode)
    {
        string file = Path.Combine(Suite.Temp.FullName, $"broken-{Random.Shared.Next()}.cs");
        await File.WriteAllTextAsync(file, "int x = \"一\";\n", TestContext.Current.CancellationToken);
        try
        {
            Finished finished = await Stages.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), file]);
            finished.ExitCode.ShouldBe(exitCode);
            finished.Error.ShouldContain("(1,9): error CS0029");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData]
    [InlineData("99")]
    [InlineData("10", "--order", "走")]
    [InlineData("没有.cs")]
    public async Task 用法不对_说一行用法(params string[] args) => (await Stages.Run(args)).ShouldBeWrongUsage();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task 半路被终止_进程一个不留_目录也不留(bool kills)
    {
        Long.Only(kills);
        DirectoryInfo temp = Directory.CreateDirectory(Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName()));
        try
        {
            string page = Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName());
            Command command = Stages.Command("10", "--html", page).WithEnvironmentVariables(e => e.Set("TMPDIR", temp.FullName).Set("DOTNET_EnableDiagnostics", "0"));
            await using (var running = new Running(command))
            {
                // 台上的程序的命令行里有这个目录：编译出来的程序在里面。
                await Eventually.True(() => With(temp.Name).Length >= 2, "台上的两个进程");
                running.Send(kills ? SIGKILL : SIGINT);
                (await running.Finish()).ExitCode.ShouldBe(kills ? 137 : 130);
            }

            await Eventually.True(() => With(temp.Name).Length == 0, "台上的进程都结束");
            if (!kills) temp.GetFileSystemInfos().ShouldBeEmpty();
            File.Exists(page).ShouldBeFalse();
        }
        finally
        {
            temp.Delete(recursive: true);
        }
    }

    private static int[] With(string text) =>
        [.. Directory.GetDirectories("/proc").Select(d => Path.GetFileName(d)).Where(d => int.TryParse(d, out _)).Select(int.Parse).Where(pid => CommandLine(pid).Contains(text))];

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    // 进程编号与地址。
    [GeneratedRegex("0x[0-9a-f]+|(?<=（|:|方 )[0-9]+(?=）|：| )")]
    private static partial Regex Numbers();
}
