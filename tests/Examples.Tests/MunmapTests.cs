using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>03 munmap：解除三页中的一页。</summary>
public sealed partial class MunmapTests
{
    private const string Project = "03-Munmap";

    [Fact]
    [Trait("Statement", "D1")]
    public async Task Unmapping_the_middle_page_splits_one_mapping_in_two()
    {
        Finished run = await Suite.Run(Project);

        (long start, long end) = Ranges(run.ShouldObserveAsExpected().Holds("D1", "mmap 三页")).ShouldHaveSingleItem();
        (end - start).ShouldBe(3 * Environment.SystemPageSize);
        Ranges(run.Holds("D1", "munmap 中间一页")).ShouldBe([(start, start + Environment.SystemPageSize), (end - Environment.SystemPageSize, end)]);
        run.Holds("D1", "munmap 全部三页").ShouldEndWith("maps 里没有了");
    }

    [Fact]
    [Trait("Statement", "D1")]
    public async Task Touching_the_hole_is_fatal_and_its_neighbour_is_not()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected().Holds("D1", "memset 第三页：退出码 0；memset 中间一页：SIGSEGV");
        run.Holds("D1", "C# 的指针").ShouldEndWith("：SIGABRT");
        run.Holds("D1", "系统调用 pwrite").ShouldContain("：EFAULT");
    }

    /// <summary>不听程序自己的判断：直接启动它的子进程角色，看退出码（信号是 128 加编号）。</summary>
    [Theory]
    [InlineData("memset", "third", 0)]
    [InlineData("memset", "second", 128 + 11)]
    [InlineData("pointer", "third", 0)]
    [InlineData("pointer", "second", 128 + 6)]
    [Trait("Statement", "D1")]
    public async Task The_process_that_touches_the_hole_really_dies(string how, string page, int exitCode)
    {
        Finished run = await Suite.Role(Project, null, how, page).Finish();

        run.ExitCode.ShouldBe(exitCode, run.Error);
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "D1")]
    public async Task The_object_keeps_what_was_stored_and_each_run_stores_something_new()
    {
        Finished first = await Suite.Run(Project);
        Finished second = await Suite.Run(Project);

        string[] values = Values(first.ShouldObserveAsExpected());
        first.Holds("D1", "前后两页").ShouldEndWith($"值仍是 {values[0]} 和 {values[2]}");
        Values(second.ShouldObserveAsExpected()).ShouldNotBe(values);

        static string[] Values(Finished run) => run.Holds("D1", "从支撑对象仍读出").Split('：')[1].Split(' ');
    }

    /// <summary>程序没有演示的：起点必须是页的开头，长度不能是 0。</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    [Trait("Statement", "D1")]
    public unsafe void An_unaligned_start_or_a_length_of_0_is_EINVAL(int offset, int length)
    {
        byte* page = (byte*)mmap(null, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int result = munmap(page + offset, (nuint)length);
        Errno error = errno;

        result.ShouldBe(-1);
        error.ShouldBe(EINVAL);
        munmap(page, 1).ShouldBe(0);
    }

    private static (long Start, long End)[] Ranges(string line) =>
        [.. Range().Matches(line).Select(match => (Hex(match.Groups[1].Value), Hex(match.Groups[2].Value)))];

    private static long Hex(string text) => long.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex("([0-9a-f]{8,})-([0-9a-f]{8,})")]
    private static partial Regex Range();
}
