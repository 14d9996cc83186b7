using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>13 的第二个程序，信写完了没有：写完了再说，等到了再读。</summary>
public sealed class LettersTests
{
    private const string Project = "13-Letters";
    private const int Count = 10_000, Size = 256, All = Count * Size;

    // 共享内存里先是 64 字节的信号量，然后是信，再是复制出来的信。
    private const int First = 64;

    [Theory]
    [InlineData]
    [InlineData("sem_post")]
    [InlineData("Volatile")]
    [Trait("Statement", "K1")]
    [Trait("Statement", "F2")]
    public async Task Every_letter_is_read_whole(params string[] args)
    {
        Finished run = (await Suite.Run(Project, args)).ShouldObserveAsExpected();

        if (args is [] or ["sem_post"]) run.Holds("K1", "sem_post，对方 sem_wait", $"读对 {Count} 封");
        if (args is [] or ["Volatile"]) run.Holds("F2", "Volatile.Write，对方 Volatile.Read", $"读对 {Count} 封");
        run.Observations.Length.ShouldBe(args.Length == 0 ? 2 : 1);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "K1")]
    public async Task The_letters_are_random_and_go_through_the_shared_memory()
    {
        byte[][] letters = await Task.WhenAll(Sent(), Sent());

        letters[0].SequenceEqual(letters[1]).ShouldBeFalse();
        foreach (byte[] all in letters) all.Chunk(Size).ShouldAllBe(letter => letter.Any(b => b != 0));

        static async Task<byte[]> Sent()
        {
            using var stuck = new FullPipe();
            await using Running running = stuck.Start(Project, "sem_post");

            // 读信的进程结束了，写信的停在第一行输出上，共享内存还在：信和复制出来的信一样多，也一样。
            byte[] memory = await Eventually.Get(() => running.Children.Length == 0 ? Memory(running.Pid) : null, "读信的进程结束");
            byte[] sent = memory[First..(First + All)];
            memory.AsSpan(First + All, All).SequenceEqual(sent).ShouldBeTrue();
            return sent;
        }
    }

    [Fact]
    public async Task A_reader_that_is_killed_is_reported()
    {
        await using var running = new Running(Suite.Command(Project));

        kill(await running.StoppedChild(), SIGKILL).ShouldBe(0);

        (await running.Finish()).ShouldFailWith("读信的进程没有", "SIGKILL");
    }

    [Fact]
    public async Task When_the_writer_is_killed_the_reader_ends_too()
    {
        await using var running = new Running(Suite.Command(Project));
        int reader = await running.StoppedChild();

        running.Send(SIGKILL);
        kill(reader, SIGCONT);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGKILL);
        await Eventually.True(() => !Outside.IsRunning(reader), "读信的进程结束");
    }

    // 最后一封还没有复制完就返回 null。
    private static byte[]? Memory(int pid)
    {
        string path = Outside.OpenFiles(pid).FirstOrDefault(open => open.Target == "/memfd:letters (deleted)").Path;
        if (path == null) return null;
        using FileStream stream = File.OpenRead(path);
        byte[] bytes = new byte[stream.Length];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read >= First + All + All && bytes[(First + All + All - Size)..].Any(b => b != 0) ? bytes : null;
    }
}
