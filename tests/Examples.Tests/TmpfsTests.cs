using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>01 tmpfs：共享内存对象是 /dev/shm 下的一个文件。</summary>
public sealed class TmpfsTests
{
    private const string Project = "01-Tmpfs";

    [Fact]
    [Trait("Statement", "A3")]
    public async Task The_object_is_a_file_in_dev_shm()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected().Observation("A3", $"shm_open(\"/Tmpfs-{run.Pid}\")", $"open(\"/dev/shm/Tmpfs-{run.Pid}\")", "inode");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "A1")]
    public async Task The_object_is_a_shared_mapping_of_a_file_on_tmpfs()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        run.Observation("A1", "fstatfs").ShouldEndWith("看到 0x1021994");
        run.Observation("A1", "/proc/self/maps").ShouldEndWith($"看到 rw-s /dev/shm/Tmpfs-{run.Pid}");
    }

    [Fact]
    [Trait("Statement", "A1")]
    public async Task File_calls_and_the_mapping_see_each_others_fresh_values()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs.SelectMany(run => new[] { Value(run, "pread"), Value(run, "pwrite") }).ShouldBeUnique();

        static int Value(Finished run, string call) => int.Parse(Seen(run.ShouldObserveAsExpected().Observation("A1", call)), null);
    }

    [Fact]
    [Trait("Statement", "A2")]
    public async Task Memory_is_used_by_what_is_stored_not_by_what_ftruncate_asks_for()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        Seen(run.Observation("A2", "ftruncate 要了 65536 KiB", "还没有存")).ShouldBe("0");
        int used = int.Parse(Seen(run.Observation("A2", "存满开头的 1024 KiB")), null);
        used.ShouldBeInRange(1024, 4096);
        Seen(run.Observation("A2", "smaps", "Rss")).ShouldBe($"{used}");
    }

    [Fact]
    [Trait("Statement", "A1")]
    [Trait("Statement", "A2")]
    [Trait("Statement", "A3")]
    public async Task Seen_from_outside_it_is_an_empty_64_MiB_file_on_tmpfs_that_only_the_owner_may_use()
    {
        using var pipe = new FullPipe();
        await using Running program = pipe.Start(Project);
        string file = await Mapped(program);

        Finished stat = await Suite.External("stat", "-c", "%s %b %a %F", file).Finish();
        Finished statfs = await Suite.External("stat", "-f", "-c", "%T", file).Finish();

        program.Send(SIGTERM);
        await program.Finish();
        stat.Output.ShouldBe("67108864 0 600 regular file\n");
        statfs.Output.ShouldBe("tmpfs\n");
    }

    [Fact]
    public async Task Ended_half_way_it_leaves_no_name()
    {
        using var pipe = new FullPipe();
        await using Running program = pipe.Start(Project);
        string file = await Mapped(program);
        File.Exists(file).ShouldBeTrue();

        program.Send(SIGTERM);

        (await program.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task On_a_full_dev_shm_it_says_so_instead_of_dying_of_SIGBUS()
    {
        Command command = await Elsewhere.WithOwnShm("512k", "\"$1\"; code=$?; ls /dev/shm; exit $code", Suite.Executable(Project));

        (await command.Finish()).ShouldFailWith("fstatfs(", "ENOSPC", "df -h /dev/shm");
    }

    /// <summary>等到对象已经映射好：程序停在第一行输出上。</summary>
    private static async Task<string> Mapped(Running program)
    {
        string file = $"/dev/shm/Tmpfs-{program.Pid}";
        await Eventually.True(() => File.ReadAllText($"/proc/{program.Pid}/maps").Contains(file), $"{file} 的映射");
        return file;
    }

    private static string Seen(string observation) => observation.Split("，看到 ")[1];
}
