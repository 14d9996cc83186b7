using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>07 支撑对象：四种共享映射，只有磁盘文件那一种的载体是磁盘。</summary>
public sealed partial class BackingObjectsTests
{
    private const string Project = "07-BackingObjects";
    private const int KiB = 16 << 10;

    [Fact]
    [Trait("Statement", "H2")]
    public async Task The_file_mapping_is_carried_by_a_file_on_disk()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        Row disk = Row.Of(run, "open");
        disk.RssFile.ShouldBeGreaterThan(KiB * 3 / 4);
        disk.RssShmem.ShouldBeLessThan(KiB / 4);
        disk.Disk.ShouldBeGreaterThanOrEqualTo(KiB);
        Observation.Numbers(run.Holds("H2", "磁盘文件：RssFile 增加")).ShouldBe([disk.RssFile, disk.Disk]);
        run.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("H3", "共享内存对象：", "shm_open")]
    [InlineData("F3", "memfd：", "memfd_create")]
    [InlineData("F3", "MAP_ANONYMOUS：", "MAP_ANONYMOUS")]
    [Trait("Statement", "H3")]
    [Trait("Statement", "F3")]
    public async Task The_other_three_are_carried_by_memory_and_write_nothing_to_disk(string id, string what, string how)
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        Row row = Row.Of(run, how);
        row.RssShmem.ShouldBeGreaterThan(KiB * 3 / 4);
        row.RssFile.ShouldBeLessThan(KiB / 4);
        row.Disk.ShouldBe(0);
        run.Holds(id, what).ShouldEndWith($"RssShmem 增加 {row.RssShmem} KiB，要写到磁盘的 0 KiB");
    }

    [Fact]
    [Trait("Statement", "H3")]
    [Trait("Statement", "F3")]
    public async Task The_other_three_are_on_tmpfs()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        run.Holds("H3", "共享内存对象：在 tmpfs 上");
        run.Holds("F3", "memfd：在 tmpfs 上");
        run.Holds("F3", "MAP_ANONYMOUS：与 memfd 同在设备");
        Row.Of(run, "MAP_ANONYMOUS").Device.ShouldBe(Row.Of(run, "memfd_create").Device);
        run.Reported("H3", "MADV_PAGEOUT");
    }

    [Fact]
    [Trait("Statement", "H1")]
    [Trait("Statement", "F3")]
    public async Task Maps_names_what_shm_open_made_and_the_kernels_own_deleted_files()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        string name = run.Holds("H1", "先 shm_open 再 mmap").Split(' ')[^1];
        name.ShouldMatch("^/BackingObjects-[0-9a-f]{16}$");
        Row.Of(run, "shm_open").Name.ShouldEndWith(name);
        Row.Of(run, "MAP_ANONYMOUS").Name.ShouldBe("/dev/zero (deleted)");
        Row.Of(run, "memfd_create").Name.ShouldBe("/memfd:BackingObjects (deleted)");
    }

    [Fact]
    [Trait("Statement", "B3")]
    public async Task Only_files_and_shm_objects_can_be_found_by_name()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected(), again = await Suite.Run(Project);

        run.Holds("B3", "没有名字的两种").ShouldEndWith("：memfd_create 得到 ENOENT，MAP_ANONYMOUS 得到 ENOENT");
        foreach (string how in (string[])["open", "shm_open"])
        {
            string sentence = run.Holds("B3", $"往 {how} 的映射写入");
            sentence.ShouldEndWith($"凭名字打开，读到 {Row.Of(run, how).ByName}");

            // 读到的是新的随机数，不是写死的。
            again.Holds("B3", $"往 {how} 的映射写入").ShouldNotBe(sentence);
        }
    }

    [Fact]
    [Trait("Statement", "H2")]
    [Trait("Statement", "H3")]
    [Trait("Statement", "F3")]
    public async Task Seen_from_outside_the_kernel_keeps_one_on_disk_and_three_on_tmpfs()
    {
        using var pipe = new FullPipe();
        await using Running program = pipe.Start(Project);
        string[] mappings = await Mapped(program);

        // map_files 里是每个映射背后的文件，没有名字的也打得开；要有特权。
        Finished[] stats = await Task.WhenAll(mappings.Select(line =>
            Suite.External("stat", "-L", "-f", "-c", "%T", $"/proc/{program.Pid}/map_files/{line.Split(' ')[0]}").Finish()));

        program.Send(SIGTERM);
        await program.Finish();
        Assert.SkipWhen(stats[0].Error.Contains("not permitted"), "没有特权，打不开 map_files");
        string[] types = [.. stats.Select(stat => stat.ShouldSucceed().Output)];
        types.Count(type => type == "tmpfs\n").ShouldBe(3);
        types.Length.ShouldBe(4);
    }

    [Fact]
    public async Task Ended_half_way_it_leaves_neither_file_nor_object()
    {
        using var pipe = new FullPipe();
        await using Running program = pipe.Start(Project);
        string[] files = [.. (await Mapped(program)).Where(line => !line.EndsWith(" (deleted)", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/')..])];
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

        run.ShouldObserveAsExpected().Reported("H2", "没有可写的、在磁盘文件系统上的目录");
        run.Holds("B3", "往 shm_open 的映射写入");
        run.Lines.Count(line => Row.TryParse(line) != null).ShouldBe(3);
    }

    [Fact]
    public async Task On_a_full_dev_shm_it_says_so_and_leaves_neither_file_nor_object()
    {
        const string Left = "\"$1\"; code=$?; ls -d /dev/shm/BackingObjects-*; exit $code";
        Command command = await Elsewhere.WithOwnShm("8m", Left, Suite.Executable(Project));

        Finished run = await command.Finish();

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain("posix_fallocate(");
        run.Error.ShouldContain("ENOSPC");
    }

    /// <summary>等到四个映射都已经创建：程序停在第一行输出上。</summary>
    private static async Task<string[]> Mapped(Running program)
    {
        string[] lines = [];
        await Eventually.True(() => (lines = [.. File.ReadAllLines($"/proc/{program.Pid}/maps").Where(line => Backing().IsMatch(line))]).Length == 4, "四个映射");
        return lines;
    }

    [GeneratedRegex(" rw-s .*(/BackingObjects-[0-9a-f]{16}|/dev/zero \\(deleted\\)|/memfd:BackingObjects \\(deleted\\))$")]
    private static partial Regex Backing();

    /// <summary>表格的一行。</summary>
    private sealed partial record Row(string How, string Name, string Device, int RssFile, int RssShmem, int Disk, string ByName)
    {
        public static Row? TryParse(string line) => Pattern().Match(line) is { Success: true, Groups: var g }
            ? new Row(g[1].Value, g[2].Value, g[3].Value, int.Parse(g[4].Value, null), int.Parse(g[5].Value, null), int.Parse(g[6].Value, null), g[7].Value)
            : null;

        public static Row Of(Finished run, string how) => run.Lines.Select(TryParse).OfType<Row>().Where(row => row.How == how).ShouldHaveSingleItem(run.Output);

        [GeneratedRegex("^  (\\w+) +(/.+?) +([0-9a-f:]+) +([+-]?[0-9]+) +([+-]?[0-9]+) +([+-]?[0-9]+)  (\\w+)$")]
        private static partial Regex Pattern();
    }
}
