using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>02 映射代替 read/write，描述符可以关闭。</summary>
public sealed partial class NoReadWriteTests
{
    private const string Project = "02-Mmap/NoReadWrite";
    private const int Size = 1 << 20, Length = Size + 64;

    [Fact]
    [Trait("Statement", "B1")]
    public async Task A_megabyte_through_the_mapping_takes_no_read_and_no_write_on_either_side()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        Calls(run, "经映射传，父进程").ShouldBe((0, 0));
        Calls(run, "经映射传，子进程").ShouldBe((0, 0));
    }

    [Fact]
    [Trait("Statement", "B1")]
    public async Task The_same_through_a_pipe_is_counted_call_by_call()
    {
        Finished run = await Suite.Run(Project);

        // 每次至多 64 KiB，1 MiB 至少 16 次；.NET 自己的线程偶尔多出几次，所以不要求恰好。
        run.ShouldObserveAsExpected();
        Calls(run, "经管道传", "父进程").Writes.ShouldBeInRange(16, 32);
        Calls(run, "经管道传", "子进程").Reads.ShouldBeGreaterThanOrEqualTo(16);
        run.Observation("B1", "经管道传，校验和");
    }

    [Fact]
    [Trait("Statement", "C8")]
    public async Task After_close_both_sides_still_use_the_mapping_with_new_data_every_round()
    {
        Finished[] runs = [await Suite.Run(Project), await Suite.Run(Project)];

        runs.ShouldAllBe(run => run.ShouldObserveAsExpected().Observation("C8", "父进程 mmap 之后立即 close").EndsWith("，看到 EBADF"));
        runs.ShouldAllBe(run => run.Observation("C8", "子进程 mmap 之后立即 close").EndsWith("，看到 EBADF"));
        string[] checksums = [.. runs.SelectMany(run => run.Observation("C8", "校验和").Split("，看到 ")[1].Split(' '))];
        checksums.Length.ShouldBe(10);
        checksums.ShouldBeUnique();
    }

    /// <summary>不听程序自己的判断：测试充当父进程，子进程映射好、关闭了描述符，测试才往文件里写数据。</summary>
    [Fact]
    [Trait("Statement", "B1")]
    [Trait("Statement", "C8")]
    public async Task The_child_reads_every_byte_after_its_descriptor_is_closed()
    {
        using var temp = new TempFolder();
        string file = temp["file"], go = temp["go"];
        File.WriteAllBytes(file, new byte[Length]);
        await Cli.Wrap("mkfifo").WithArguments(go).ExecuteAsync(TestContext.Current.CancellationToken);
        int goFd = open(go, O_RDWR | O_CLOEXEC);
        await using var child = new Running(Suite.External("/bin/sh", "-c", "exec \"$0\" mapping 3<>\"$1\" 4<\"$2\"", Suite.Executable(Project), file, go));
        await Eventually.True(() => Maps(child.Pid, file) && !HasOpen(child.Pid, file), "子进程映射好，并关闭描述符");

        byte[] data = new byte[Size];
        Random.Shared.NextBytes(data);
        using (FileStream stream = File.OpenWrite(file)) stream.Write(data);
        close(goFd).ShouldBe(0);

        (await child.Finish()).ShouldSucceed();
        ReadOnlySpan<byte> answer = File.ReadAllBytes(file).AsSpan(Size);
        MemoryMarshal.Read<uint>(answer).ShouldBe(data.Aggregate(2166136261, (sum, b) => (sum ^ b) * 16777619));
        MemoryMarshal.Read<long>(answer[8..]).ShouldBe(0);
        MemoryMarshal.Read<long>(answer[16..]).ShouldBe(0);
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

        (await parent.Finish()).ShouldFailWith("waitpid(", "SIGKILL");
    }

    private static (int Reads, int Writes) Calls(Finished run, params string[] parts)
    {
        Match match = Counts().Match(run.Observation("B1", parts));
        match.Success.ShouldBeTrue(run.Output);
        return (int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan));
    }

    [GeneratedRegex("，看到 read ([0-9]+) 次、write ([0-9]+) 次$")]
    private static partial Regex Counts();

    private static bool Maps(int pid, string file) => File.ReadLines($"/proc/{pid}/maps").Any(line => line.Contains(" rw-s ") && line.EndsWith(file, StringComparison.Ordinal));

    private static bool HasOpen(int pid, string file) =>
        new DirectoryInfo($"/proc/{pid}/fd").GetFileSystemInfos().Any(fd => fd.LinkTarget == file);
}
