using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;

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
        string line = (await Run.Value).Observation("C1", "start 为 NULL");

        long[] addresses = [.. Address().Matches(line).Select(m => long.Parse(m.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        addresses.Length.ShouldBe(2);
        addresses.ShouldBeUnique();
        addresses.ShouldAllBe(address => address > 0 && address % Page == 0);
    }

    [Fact]
    [Trait("Statement", "C1")]
    public async Task A_start_without_MAP_FIXED_is_only_a_hint()
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C1", "start 是已有映射的地址")).ShouldBe($"另选的地址，原处仍是 {First(run)}");

        // Linux 的 mmap(2) 说会尽量就近；POSIX 没有规定，所以程序只报告。
        run.Observation("C1", "空着的地址，在页的开头").ShouldEndWith("看到 就在 start（只报告，不判断）");
        run.Observation("C1", "空着的地址，比页的开头多 1").ShouldEndWith("看到 在这一页的开头（只报告，不判断）");
    }

    [Fact]
    [Trait("Statement", "C6")]
    public async Task MAP_FIXED_silently_replaces_what_was_mapped_there_but_not_the_object()
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C6", "MAP_FIXED，start 是已有映射的地址")).ShouldBe($"就在 start，{First(run)} 变成 0");
        Seen(run.Observation("C6", "盖掉的只是映射")).ShouldBe($"{First(run)}、{Second(run)}");
        Seen(run.Observation("C6", "MAP_FIXED，start 比页的开头多 1")).ShouldBe("EINVAL");
    }

    [Fact]
    [Trait("Statement", "C6")]
    public async Task MAP_FIXED_NOREPLACE_answers_EEXIST_and_leaves_the_mapping_alone()
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C6", "MAP_FIXED_NOREPLACE")).ShouldBe($"EEXIST，那里仍是 {Second(run)}");
    }

    [Fact]
    [Trait("Statement", "C2")]
    public async Task Length_0_and_an_offset_inside_a_page_are_EINVAL()
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C2", "len 为 0")).ShouldBe("EINVAL");
        Seen(run.Observation("C2", "offset 为 1，")).ShouldBe("EINVAL");
    }

    [Fact]
    [Trait("Statement", "C2")]
    public async Task An_offset_of_one_page_shows_the_object_from_its_second_page_on()
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C2", $"offset 为 {Page}（一页）")).ShouldBe($"{Second(run)}");
    }

    [Fact]
    [Trait("Statement", "C2")]
    public async Task Past_the_objects_end_the_last_page_reads_0_and_the_page_behind_it_is_SIGBUS()
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C2", $"同一页剩下的 {Page / 2} 个字节")).ShouldBe($"{Page / 2}");
        Seen(run.Observation("C2", "末页的最后一个字节")).ShouldBe("退出码 0");
        Seen(run.Observation("C2", "末页之后的那一页")).ShouldBe("SIGBUS");
    }

    [Theory]
    [Trait("Statement", "C7")]
    [InlineData("fd 是 -1：")]
    [InlineData("fd 是对象的描述符：")]
    [InlineData("fd 是没有打开的描述符：")]
    public async Task MAP_ANONYMOUS_starts_from_0_and_never_touches_the_file_of_fd(string fd)
    {
        Finished run = await Run.Value;

        Seen(run.Observation("C7", fd)).ShouldBe($"读到 0，存 {Second(run)} 之后对象里仍是 {First(run)}");
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

        foreach (Finished run in runs)
        {
            run.ShouldObserveAsExpected().Lines.Length.ShouldBe(17);
            run.Error.ShouldBeEmpty();
        }

        runs.Select(run => (First(run), Second(run))).Distinct().Count().ShouldBeGreaterThan(1);
    }

    private static string Seen(string line) => line.Split("，看到 ", 2)[1];

    /// <summary>对象第一页的字节，取自与它有关的第一次观察的预期。</summary>
    private static int First(Finished run) => int.Parse(Value().Match(run.Observation("C1", "start 是已有映射的地址")).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>对象第二页的字节。</summary>
    private static int Second(Finished run) => int.Parse(Value().Match(run.Observation("C6", "MAP_FIXED_NOREPLACE")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("0x([0-9a-f]+)")]
    private static partial Regex Address();

    [GeneratedRegex("预期 .*仍是 ([0-9]+)，看到")]
    private static partial Regex Value();
}
