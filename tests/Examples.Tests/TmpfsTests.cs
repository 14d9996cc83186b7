using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>01 tmpfs：共享内存对象是 /dev/shm 下的一个文件。</summary>
public sealed partial class TmpfsTests
{
    private const string Project = "01-Tmpfs";

    [Fact]
    [Trait("Statement", "A3")]
    public async Task The_object_is_a_file_in_dev_shm()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected().Holds("A3", "/dev/shm/Tmpfs-").ShouldMatch("设备号和 inode 号都是 [0-9]+:[1-9][0-9]*$");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "A1")]
    public async Task The_object_is_a_shared_mapping_of_a_file_on_tmpfs()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        run.Holds("A1", "fstatfs", "0x1021994");
        string inode = run.Holds("A3").Split(':')[^1];
        run.Holds("A1", "/proc/self/maps", "rw-s").ShouldEndWith($"inode 号也是 {inode}");
    }

    [Fact]
    [Trait("Statement", "A1")]
    public async Task File_calls_and_the_mapping_see_each_others_fresh_values()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs.SelectMany(run => new[] { Value(run, "pread"), Value(run, "pwrite") }).ShouldBeUnique();

        static int Value(Finished run, string call)
        {
            Match seen = Exchanged().Match(run.ShouldObserveAsExpected().Holds("A1", call));
            seen.Groups[2].Value.ShouldBe(seen.Groups[1].Value);
            return int.Parse(seen.Groups[2].Value, CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    [Trait("Statement", "A2")]
    public async Task Memory_is_used_by_what_is_stored_not_by_what_ftruncate_asks_for()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected().Holds("A2", "ftruncate 到 65536 KiB", "还没有写入").ShouldEndWith("占用 0 KiB");
        Match used = Used().Match(run.Holds("A2", "写满开头的 1024 KiB"));
        int.Parse(used.Groups[1].Value, CultureInfo.InvariantCulture).ShouldBeInRange(1024, 4096);
        int.Parse(used.Groups[2].Value, CultureInfo.InvariantCulture).ShouldBeInRange(1, 4096);
        run.Reported("A2", "至多占用");
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

        (await command.Finish()).ShouldFailWith("只剩 512 KiB", "df -h /dev/shm");
    }

    /// <summary>等到对象已经映射好：程序停在第一行输出上。</summary>
    private static async Task<string> Mapped(Running program)
    {
        string maps = "";
        await Eventually.True(() => MappedFile().IsMatch(maps = File.ReadAllText($"/proc/{program.Pid}/maps")), "对象的映射");
        return MappedFile().Match(maps).Value;
    }

    [GeneratedRegex("写入 ([0-9]+)：.*读出 ([0-9]+)$")]
    private static partial Regex Exchanged();

    [GeneratedRegex("占用 ([0-9]+) KiB，其中 ([0-9]+) KiB")]
    private static partial Regex Used();

    [GeneratedRegex("/\\S*/Tmpfs-[0-9a-f]{16}")]
    private static partial Regex MappedFile();
}
