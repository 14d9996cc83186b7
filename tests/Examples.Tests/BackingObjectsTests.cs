using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>07 支撑对象：四种共享映射，只有磁盘文件那一种的载体是磁盘。</summary>
public sealed partial class BackingObjectsTests
{
    private const string Project = "07-BackingObjects";
    private const string DiskFile = "磁盘文件（open）";
    private const string ShmObject = "共享内存对象（shm_open）";
    private const int StoredKiB = 16 << 10;

    [Fact]
    [Trait("Statement", "H2")]
    public async Task The_file_mapping_is_carried_by_a_file_on_disk()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        Seen(run.Observation("H2", DiskFile, "/proc/self/maps")).ShouldEndWith($"/BackingObjects-{run.Pid}");
        Seen(run.Observation("H2", DiskFile, "f_type")).ShouldNotBe("0x1021994");
        (int rssFile, int rssShmem) = Grown(run, "H2", DiskFile);
        rssFile.ShouldBeGreaterThan(StoredKiB * 3 / 4);
        rssShmem.ShouldBeLessThan(StoredKiB / 4);
        int.Parse(Seen(run.Observation("H2", DiskFile, "write_bytes")), null).ShouldBeGreaterThanOrEqualTo(StoredKiB);
        run.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("H3", ShmObject)]
    [InlineData("F3", "MAP_ANONYMOUS")]
    [InlineData("F3", "memfd_create")]
    [Trait("Statement", "H3")]
    [Trait("Statement", "F3")]
    public async Task The_other_three_are_carried_by_memory_and_write_nothing_to_disk(string id, string what)
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        (int rssFile, int rssShmem) = Grown(run, id, what);
        rssShmem.ShouldBeGreaterThan(StoredKiB * 3 / 4);
        rssFile.ShouldBeLessThan(StoredKiB / 4);
        Seen(run.Observation(id, $"{what}，", "write_bytes")).ShouldBe("0");
    }

    [Fact]
    [Trait("Statement", "H3")]
    [Trait("Statement", "F3")]
    public async Task The_other_three_are_on_tmpfs()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        Seen(run.Observation("H3", ShmObject, "f_type")).ShouldBe("0x1021994");
        Seen(run.Observation("F3", "memfd_create，", "f_type")).ShouldBe("0x1021994");
        run.Observation("F3", "MAP_ANONYMOUS，", "设备号，与 memfd_create 的相同");
        run.Observation("H3", "MADV_PAGEOUT").ShouldEndWith("（只报告，不判断）");
    }

    [Fact]
    [Trait("Statement", "H1")]
    [Trait("Statement", "F3")]
    public async Task Maps_names_what_shm_open_made_and_the_kernels_own_deleted_files()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        Seen(run.Observation("H1", ShmObject, "/proc/self/maps")).ShouldBe($"/dev/shm/BackingObjects-{run.Pid}");
        Seen(run.Observation("F3", "MAP_ANONYMOUS，", "/proc/self/maps")).ShouldBe("/dev/zero (deleted)");
        Seen(run.Observation("F3", "memfd_create，", "/proc/self/maps")).ShouldBe("/memfd:BackingObjects (deleted)");
    }

    [Fact]
    [Trait("Statement", "B3")]
    public async Task Only_files_and_shm_objects_can_be_found_by_name()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        runs.ShouldAllBe(run => Seen(run.ShouldObserveAsExpected().Observation("B3", "MAP_ANONYMOUS，只供亲缘进程")) == "ENOENT");
        runs.ShouldAllBe(run => Seen(run.Observation("B3", "memfd_create，只供亲缘进程")) == "ENOENT");
        runs.SelectMany(run => new[] { DiskFile, ShmObject }.Select(what => Seen(run.Observation("B3", what, "可供无亲缘进程")))).ShouldBeUnique();
    }

    [Fact]
    [Trait("Statement", "H2")]
    [Trait("Statement", "H3")]
    [Trait("Statement", "F3")]
    public async Task Seen_from_outside_the_kernel_keeps_one_on_disk_and_three_on_tmpfs()
    {
        using var pipe = new FullPipe();
        await using Running program = pipe.Start(Project);
        await Mapped(program);

        // map_files 里是每个映射背后的文件，没有名字的也打得开；要有特权。
        string[] mappings = [.. Maps(program).Where(line => line.Contains(" rw-s "))];
        string shm = $" /dev/shm/BackingObjects-{program.Pid}";
        string disk = mappings.Single(line => line.EndsWith($"/BackingObjects-{program.Pid}", StringComparison.Ordinal) && !line.EndsWith(shm, StringComparison.Ordinal));
        string[] names = [shm, " /dev/zero (deleted)", " /memfd:BackingObjects (deleted)"];
        Finished[] stats = await Task.WhenAll(names.Select(name => mappings.Single(line => line.EndsWith(name, StringComparison.Ordinal))).Prepend(disk)
            .Select(line => Suite.External("stat", "-L", "-f", "-c", "%T", $"/proc/{program.Pid}/map_files/{line.Split(' ')[0]}").Finish()));

        program.Send(SIGTERM);
        await program.Finish();
        Assert.SkipWhen(stats[0].Error.Contains("not permitted"), "没有特权，打不开 map_files");
        stats[0].ShouldSucceed().Output.ShouldNotBe("tmpfs\n");
        stats[1..].ShouldAllBe(stat => stat.ShouldSucceed().Output == "tmpfs\n");
    }

    [Fact]
    public async Task Ended_half_way_it_leaves_neither_file_nor_object()
    {
        using var pipe = new FullPipe();
        await using Running program = pipe.Start(Project);
        await Mapped(program);
        string[] files = [.. Maps(program).Where(line => line.EndsWith($"/BackingObjects-{program.Pid}", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/')..])];
        files.Length.ShouldBe(2);
        files.ShouldAllBe(file => File.Exists(file));

        program.Send(SIGTERM);

        (await program.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        files.ShouldAllBe(file => !File.Exists(file));
    }

    [Fact]
    public async Task Without_a_disk_it_says_so_and_shows_the_other_three()
    {
        Assert.SkipWhen(Suite.Root.StartsWith("/var/tmp/", StringComparison.Ordinal), "仓库就在 /var/tmp，不能盖住它");
        const string NoDisk = "mount -t tmpfs tmpfs /var/tmp && cd /dev/shm && TMPDIR=/dev/shm HOME=/dev/shm exec \"$1\"";
        Command command = await Elsewhere.WithOwnShm("64m", NoDisk, Suite.Executable(Project));

        Finished run = await command.Finish();

        run.ShouldObserveAsExpected().Observation("H2", DiskFile).ShouldContain("没有可写的磁盘目录");
        run.Lines.Count(line => line.Contains("write_bytes")).ShouldBe(3);
    }

    [Fact]
    public async Task On_a_full_dev_shm_it_says_so_and_leaves_neither_file_nor_object()
    {
        const string Left = "\"$1\" & pid=$!; wait $pid; code=$?; ls /dev/shm /var/tmp \"${TMPDIR:-/tmp}\" | grep -e \"-$pid$\"; exit $code";
        Command command = await Elsewhere.WithOwnShm("8m", Left, Suite.Executable(Project));

        (await command.Finish()).ShouldFailWith("posix_fallocate(", "ENOSPC");
    }

    /// <summary>等到最后一个映射已经建好：程序停在第一行输出上。</summary>
    private static Task Mapped(Running program) =>
        Eventually.True(() => Maps(program).Any(line => line.EndsWith("/memfd:BackingObjects (deleted)", StringComparison.Ordinal)), "memfd 的映射");

    private static string[] Maps(Running program) => File.ReadAllLines($"/proc/{program.Pid}/maps");

    private static string Seen(string observation) => observation.Split("，看到 ")[1];

    private static (int RssFile, int RssShmem) Grown(Finished run, string id, string what)
    {
        Match match = Growth().Match(Seen(run.Observation(id, $"{what}，存满 {StoredKiB} KiB，驻留内存")));
        return (int.Parse(match.Groups[1].Value, null), int.Parse(match.Groups[2].Value, null));
    }

    [GeneratedRegex(@"^RssFile ([+-]\d+)、RssShmem ([+-]\d+)$")]
    private static partial Regex Growth();
}
