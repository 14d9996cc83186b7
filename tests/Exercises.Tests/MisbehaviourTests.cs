using Examples.Tests.Support;

namespace Exercises.Tests;

/// <summary>失控的程序：被结束，错在哪里说得出来，留下的清掉，检查器接着检查下一个。</summary>
public sealed class MisbehaviourTests(Batch batch)
{
    // 平常只试这几种。
    private static readonly string[] Few = ["hangs", "daemonizes", "throws", "leaves-names"];

    public static TheoryData<string, string, string> Behaviours => [.. All.Where(row => Long.Wanted || Few.Contains(row.Data.Item1))];

    // 机器忙，数目还没有超过，时限就先到了：两种判定都对。
    private static TheoryData<string, string, string> All => new()
    {
        { "hangs", "hung", "" },
        { "spins", "hung", "" },
        { "ignores-sigterm", "hung", "" },
        { "stops-itself", "hung", "" },
        { "prints-forever", "too-much-output", "" },
        { "forks-forever", "too-many-processes", "" },
        { "breeds-daemons", "too-many-processes|hung", "" },
        { "daemonizes", "wrong", "" },
        { "throws", "wrong", "没有人接住" },
        { "overflows-stack", "wrong", "SIGABRT" },
        { "kills-itself", "wrong", "SIGKILL" },
        { "kills-its-group", "wrong", "SIGKILL" },
        { "exits-early", "wrong", "什么也没打印" },
        { "closes-stdout", "wrong", "" },
        { "deletes-itself", "wrong", "" },
        { "deletes-temp", "wrong", "" },
        { "leaves-names", "wrong", "" },
    };

    [Theory]
    [MemberData(nameof(Behaviours))]
    public async Task A_misbehaving_program_is_ended_and_its_fault_is_named(string behaviour, string result, string seen)
    {
        Judged judged = await batch.Of("02-private", behaviour);

        result.Split('|').ShouldContain(judged.Result, judged.Seen);
        judged.Seen.ShouldContain(seen);
    }

    [Fact]
    public async Task The_checker_goes_on_to_the_next_after_them() => (await batch.Of("02-private", Batch.Warned)).Result.ShouldBe("solved");

    [Fact]
    public async Task No_process_no_name_and_no_file_of_theirs_is_left()
    {
        await batch.Of("02-private", Batch.Warned);

        // 没有私有的 /dev/shm 时，检查器只删看见学生的进程打开过的名字：这里三个，一闪而过，不一定都看见。
        if (Environment.GetEnvironmentVariable("CHECK_PRIVATE_SHM") != "0" && await Elsewhere.HasOwnShm()) LeftNames().ShouldBeEmpty();
        batch.LeftInTemp.ShouldBeEmpty();
        Processes().ShouldNotContain(line => line.Contains(batch.Temp));
    }

    internal static string[] LeftNames() => [.. Directory.GetFileSystemEntries("/dev/shm").Where(entry => entry.Contains("left-by-student") || entry.Contains("left-folder"))];

    private static string[] Processes() => [.. Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])).Select(d =>
    {
        try
        {
            return File.ReadAllText(d + "/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    })];
}
