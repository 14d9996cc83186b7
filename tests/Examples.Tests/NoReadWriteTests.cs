using System.Text.RegularExpressions;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>02 映射代替 read/write，描述符可以关闭。</summary>
public sealed partial class NoReadWriteTests
{
    private const string Project = "02-Mmap/NoReadWrite";
    private const int Size = 1 << 20;

    [Fact]
    [Trait("Statement", "B1")]
    public async Task A_megabyte_through_the_mapping_takes_no_read_and_no_write_on_either_side()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected().Holds("B1", "父进程经映射写入").ShouldEndWith("read、write 类调用 0 次");
        run.Holds("B1", "子进程经映射读出").ShouldEndWith("read、write 类调用 0 次");
    }

    [Fact]
    [Trait("Statement", "B1")]
    public async Task The_same_through_pread_and_pwrite_is_counted_call_by_call()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected().Holds("B1", "用 pwrite 写入 1 MiB，read、write 类调用 1 次", "用 pread 读出，1 次");
    }

    [Fact]
    [Trait("Statement", "C8")]
    public async Task After_close_both_sides_still_use_the_mapping_with_new_data_every_run()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs.ShouldAllBe(run => run.ShouldObserveAsExpected().Holds("C8", "父进程 close").EndsWith("得到 EBADF"));
        runs.ShouldAllBe(run => run.Holds("C8", "子进程 mmap 之后就 close").EndsWith("得到 EBADF"));
        runs.Select(run => Sum().Match(run.Holds("C8", "映射照常")).Groups[1].Value).ShouldBeUnique();
    }

    /// <summary>不听程序自己的判断：测试充当父进程，子进程映射好、关闭了描述符，测试才往文件里写入数据。</summary>
    [Fact]
    [Trait("Statement", "B1")]
    [Trait("Statement", "C8")]
    public async Task The_child_reads_every_byte_after_its_descriptor_is_closed()
    {
        using var temp = new TempFolder();
        string file = temp["file"];
        File.WriteAllBytes(file, new byte[Size + sizeof(uint)]);

        // 标准输出写不进去：子进程停在第一行观察上，那时还没有读数据。
        using var pipe = new FullPipe();
        await using Running parent = pipe.StartFile("/bin/sh", Suite.RoleScript(Project, file, "child"));
        await Eventually.True(() => parent.Children is [var child] && Maps(child, file) && !HasOpen(child, file), "子进程映射好，并关闭描述符");

        byte[] data = new byte[Size];
        Random.Shared.NextBytes(data);
        using (FileStream stream = File.OpenWrite(file)) stream.Write(data);
        string printed = "";
        await Eventually.True(() => (printed += pipe.Drain()).Contains("B1"), "子进程的观察");

        (await parent.Finish()).ExitCode.ShouldBe(0, printed);
        BitConverter.ToUInt32(File.ReadAllBytes(file), Size).ShouldBe(data.Aggregate(0u, (sum, b) => (sum * 31) + b));
    }

    [Fact]
    public async Task Ended_half_way_no_process_stays_behind()
    {
        await using var parent = new Running(Suite.Command(Project));
        int child = await parent.StoppedChild();
        parent.Send(SIGKILL);
        await Eventually.True(() => !File.Exists($"/proc/{parent.Pid}/exe"), "父进程结束");

        kill(child, SIGCONT).ShouldBe(0);

        await Eventually.True(() => !File.Exists($"/proc/{child}/exe"), "子进程跟着结束");
        await parent.Finish();
    }

    [Fact]
    public async Task A_child_that_is_killed_is_reported()
    {
        await using var parent = new Running(Suite.Command(Project));
        int child = await parent.StoppedChild();

        kill(child, SIGKILL).ShouldBe(0);

        Finished run = await parent.Finish();
        run.ExitCode.ShouldBe(1, run.Error);
        run.Complaints.ShouldHaveSingleItem(run.Error).ShouldMatch("waitpid\\(.*SIGKILL");
    }

    private static bool Maps(int pid, string file) =>
        File.ReadLines($"/proc/{pid}/maps").Any(line => line.Contains(" rw-s ") && line.EndsWith(file, StringComparison.Ordinal));

    private static bool HasOpen(int pid, string file) =>
        new DirectoryInfo($"/proc/{pid}/fd").GetFileSystemInfos().Any(fd => fd.LinkTarget == file);

    [GeneratedRegex("校验和 ([0-9a-f]{8})")]
    private static partial Regex Sum();
}
