using System.Globalization;
using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>03 munmap：删掉三页中的一页。</summary>
public sealed class MunmapTests
{
    private const string Project = "03-Munmap";

    [Fact]
    [Trait("Statement", "D1")]
    public async Task Unmapping_the_middle_page_splits_one_mapping_in_two()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        (long start, long end) = Range(Seen(run, "mmap 三页之后"));
        (end - start).ShouldBe(3 * Environment.SystemPageSize);
        string[] halves = Seen(run, "munmap 中间一页之后，覆盖").Split('、');
        halves.Length.ShouldBe(3);
        Range(halves[0]).ShouldBe((start, start + Environment.SystemPageSize));
        halves[1].ShouldBe("无");
        Range(halves[2]).ShouldBe((end - Environment.SystemPageSize, end));
        Seen(run, "munmap 全部三页").ShouldBe("无");
    }

    [Fact]
    [Trait("Statement", "D1")]
    public async Task Touching_the_hole_is_fatal_and_its_neighbour_is_not()
    {
        Finished run = await Suite.Run(Project);

        run.ShouldObserveAsExpected();
        Seen(run, "memset 第三页").ShouldBe("退出码 0");
        Seen(run, "memset 中间一页").ShouldBe("SIGSEGV");
        Seen(run, "C# 的指针").ShouldBe("SIGABRT");
        Seen(run, "系统调用 pwrite").ShouldBe("EFAULT");
        Seen(run, "没有对齐").ShouldBe("EINVAL");
    }

    /// <summary>不听程序自己的判断：直接启动它的子进程角色，看退出码（信号是 128 加编号）。</summary>
    [Theory]
    [InlineData("memset", "3", 0)]
    [InlineData("memset", "2", 128 + 11)]
    [InlineData("pointer", "3", 0)]
    [InlineData("pointer", "2", 128 + 6)]
    [Trait("Statement", "D1")]
    public async Task The_process_that_touches_the_hole_really_dies(string how, string page, int exitCode)
    {
        Finished run = await Suite.External("/bin/sh", ["-c", "ulimit -c 0; exec \"$@\"", "sh", Suite.Executable(Project), how, page]).Finish();

        run.ExitCode.ShouldBe(exitCode, run.Error);
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "D1")]
    public async Task The_object_keeps_what_was_stored_and_each_run_stores_something_new()
    {
        Finished first = await Suite.Run(Project);
        Finished second = await Suite.Run(Project);

        string[] values = Seen(first.ShouldObserveAsExpected(), "经描述符从支撑对象读出").Split(' ');
        Seen(first, "第一页和第三页里的值").ShouldBe($"{values[0]} {values[2]}");
        Seen(second.ShouldObserveAsExpected(), "经描述符从支撑对象读出").Split(' ').ShouldNotBe(values);
    }

    private static string Seen(Finished run, string what) => run.Observation("D1", what).Split("，看到 ")[1];

    private static (long Start, long End) Range(string text)
    {
        string[] ends = text.Split('-');
        ends.Length.ShouldBe(2, text);
        return (long.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), long.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
