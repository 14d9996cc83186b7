using Examples.Tests.Support;

namespace Exercises.Tests;

/// <summary>失控的程序：被结束，错在哪里说得出来，留下的清掉，检查器接着检查下一个。</summary>
public sealed class MisbehaviourTests(MisbehaviourTests.Run run) : IClassFixture<MisbehaviourTests.Run>
{
    private static readonly string[] Behaviours = ["hang", "print-forever", "crash", "spawn-forever", "daemon", "leave-names"];

    [Theory]
    [InlineData("hang", "hung")]
    [InlineData("print-forever", "too-much-output")]
    [InlineData("crash", "wrong")]
    [InlineData("spawn-forever", "too-many-processes")]
    [InlineData("daemon", "left-behind")]
    [InlineData("leave-names", "left-behind")]
    public async Task A_misbehaving_program_is_ended_and_its_fault_is_named(string behaviour, string result)
    {
        Judged judged = (await run.Report).Exercises[Checker.Names[Array.IndexOf(Behaviours, behaviour)]];

        judged.Result.ShouldBe(result, judged.Seen);
        if (behaviour is "crash" or "leave-names") judged.Seen.ShouldContain(run.Mark);
    }

    [Fact]
    public async Task The_checker_goes_on_to_the_exercise_after_them()
    {
        Judged judged = (await run.Report).Exercises[Checker.Names[Behaviours.Length]];

        judged.ShouldBe(new Judged("solved", "", ""));
    }

    [Fact]
    public async Task No_process_and_no_name_of_theirs_is_left()
    {
        await run.Report;

        Directory.GetFileSystemEntries("/dev/shm").ShouldNotContain(entry => entry.Contains(run.Mark));
        Processes().ShouldNotContain(line => line.Contains(run.Mark));
    }

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

    /// <summary>失控的程序各放在一个练习的位置上，后面跟一个对的；检查器启动一次。</summary>
    public sealed class Run : IDisposable
    {
        private readonly TempFolder _my = new();
        private readonly Lazy<Task<(Finished Finished, Dictionary<string, Judged> Exercises)>> _report;

        public Run()
        {
            foreach ((string behaviour, string name) in Behaviours.Zip(Checker.Names))
            {
                string code = File.ReadAllText(Path.Combine(Checker.Answers, "misbehaving", behaviour + ".cs"));
                File.WriteAllText(_my[name + ".cs"], code.Replace("MARK", Mark));
            }

            _my.Put(Checker.Names[Behaviours.Length], Checker.Given("solutions", Checker.Names[Behaviours.Length]));
            _report = new(() => Checker.Report(_my.Folder, Checker.Names[..(Behaviours.Length + 1)]));
        }

        internal string Mark { get; } = RandomText.Next(12);

        internal Task<(Finished Finished, Dictionary<string, Judged> Exercises)> Report => _report.Value;

        public void Dispose() => _my.Dispose();
    }
}
