using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>02-Mmap 位置：映射放在哪里，映射对象的哪一段。</summary>
public sealed partial class PlacementTests
{
    private const string Project = "02-Mmap/Placement";

    private static readonly int Page = Environment.SystemPageSize;

    // 各条测试看同一次运行。
    private static readonly Lazy<Task<Finished>> Run = new(() => Suite.Run(Project));

    [Fact]
    [Trait("Statement", "C1")]
    public async Task With_NULL_the_kernel_chooses_two_different_pages()
    {
        long[] addresses = Addresses((await Run.Value).Holds("C1", "start 是 NULL"));

        addresses.Length.ShouldBe(2);
        addresses.ShouldBeUnique();
        addresses.ShouldAllBe(address => address > 0 && address % Page == 0);
    }

    [Fact]
    [Trait("Statement", "C1")]
    public async Task A_start_without_MAP_FIXED_is_only_a_hint()
    {
        Finished run = await Run.Value;

        run.Holds("C1", "start 是已有映射的地址").ShouldEndWith($"内核另选地址，原处仍是 {First(run)}");

        // Linux 的 mmap(2) 说会尽量就近，POSIX 没有规定，所以程序只报告；那一页也可能正好被 .NET 拿走了。
        long[] addresses = Addresses(run.Reported("C1", "没有对齐页", "POSIX 没有规定"));
        (addresses[0] % Page).ShouldBe(1);
        (addresses[1] % Page).ShouldBe(0);
    }

    [Fact]
    [Trait("Statement", "C6")]
    public async Task MAP_FIXED_silently_replaces_what_was_mapped_there_but_not_the_object()
    {
        Finished run = await Run.Value;

        run.Holds("C6", "MAP_FIXED，").ShouldEndWith($"照办，{First(run)} 变成 0；对象里仍是 {First(run)}");
    }

    [Fact]
    [Trait("Statement", "C6")]
    public async Task MAP_FIXED_NOREPLACE_answers_EEXIST_and_leaves_the_mapping_alone()
    {
        Finished run = await Run.Value;

        run.Holds("C6", "MAP_FIXED_NOREPLACE").ShouldEndWith($"EEXIST，原处仍是 {Second(run)}");
    }

    /// <summary>程序没有演示的：MAP_FIXED 的 start 也必须对齐页。</summary>
    [Fact]
    [Trait("Statement", "C6")]
    public unsafe void MAP_FIXED_inside_a_page_is_EINVAL()
    {
        void* page = mmap(null, (nuint)Page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        void* result = mmap((byte*)page + 1, (nuint)Page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        Errno error = errno;

        (result == MAP_FAILED).ShouldBeTrue();
        error.ShouldBe(EINVAL);
        munmap(page, (nuint)Page).ShouldBe(0);
    }

    [Fact]
    [Trait("Statement", "C2")]
    public async Task Length_0_and_an_offset_inside_a_page_are_EINVAL()
    {
        (await Run.Value).Holds("C2", "len 是 0：EINVAL；offset 是 1").ShouldEndWith("：EINVAL");
    }

    [Fact]
    [Trait("Statement", "C2")]
    public async Task An_offset_of_one_page_shows_the_object_from_its_second_page_on()
    {
        Finished run = await Run.Value;

        run.Holds("C2", $"offset 是 {Page}（一页）：读到 {Second(run)}；");
    }

    [Fact]
    [Trait("Statement", "C2")]
    public async Task Past_the_objects_end_the_last_page_reads_0_and_the_page_behind_it_is_SIGBUS()
    {
        Finished run = await Run.Value;

        run.Holds("C2", "对象结尾之后").ShouldEndWith($"同一页里有 {Page / 2} 个 0");
        run.Holds("C2", "最后一个字节：退出码 0").ShouldEndWith("已是下一页：SIGBUS");
    }

    /// <summary>不听父进程的判断：测试给子进程一个文件，看它怎样结束（信号是 128 加编号）。</summary>
    [Theory]
    [Trait("Statement", "C2")]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task The_process_that_reads_behind_the_last_page_really_dies(int before)
    {
        using var temp = new TempFolder();
        byte[] content = new byte[Page + (Page / 2)];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(temp["object"], content, TestContext.Current.CancellationToken);

        async Task<int> Read(int at) => (await Suite.Role(Project, temp["object"], "child", at.ToString(CultureInfo.InvariantCulture)).Finish()).ExitCode;

        (await Read((Page / 2) - 1 + before)).ShouldBe(content[^(1 - before)]);
        (await Read(Page - 1 + before)).ShouldBe(0);
        (await Read(Page - before)).ShouldBe(128 + (int)SIGBUS);
    }

    [Fact]
    [Trait("Statement", "C7")]
    public async Task MAP_ANONYMOUS_starts_from_0_and_never_touches_the_file_of_fd()
    {
        Finished run = await Run.Value;

        run.Holds("C7", "fd 是对象的描述符").ShouldEndWith($"读到 0，写入 {Second(run)} 之后对象里仍是 {First(run)}");
    }

    /// <summary>程序没有演示的：fd 是 -1（可移植的写法），或没有打开的编号，Linux 都一样。</summary>
    [Theory]
    [Trait("Statement", "C7")]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public unsafe void MAP_ANONYMOUS_ignores_an_fd_that_is_not_open(int fd)
    {
        int* start = (int*)mmap(null, (nuint)Page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, fd, 0);

        (start == MAP_FAILED).ShouldBeFalse();
        (*start).ShouldBe(0);
        munmap(start, (nuint)Page).ShouldBe(0);
    }

    [Fact]
    [Trait("Statement", "C1")]
    [Trait("Statement", "C2")]
    [Trait("Statement", "C6")]
    [Trait("Statement", "C7")]
    public async Task Every_line_is_as_expected_and_the_values_are_fresh_each_time()
    {
        // 两个数共有 127 × 128 种，连续三次都一样，只能是写死的。
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project), Suite.Run(Project));

        foreach (Finished run in runs) run.ShouldObserveAsExpected().Error.ShouldBeEmpty();
        runs.Select(run => (First(run), Second(run))).Distinct().Count().ShouldBeGreaterThan(1);
    }

    private static long[] Addresses(string line) =>
        [.. Address().Matches(line).Select(match => long.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    /// <summary>对象第一页的每个字节。</summary>
    private static int First(Finished run) => Number(run.Holds("C1", "start 是已有映射的地址"));

    /// <summary>对象第二页的每个字节。</summary>
    private static int Second(Finished run) => Number(run.Holds("C6", "MAP_FIXED_NOREPLACE"));

    private static int Number(string line) => int.Parse(line.Split("原处仍是 ")[1], CultureInfo.InvariantCulture);

    [GeneratedRegex("0x([0-9a-f]+)")]
    private static partial Regex Address();
}
