using System.Text.Json;
using CliWrap;
using Examples.Tests.Support;

namespace Exercises.Tests;

/// <summary>失控的程序：被结束，错在哪里说得出来，留下的清掉，检查器接着检查下一个。</summary>
public sealed class MisbehaviourTests(MisbehaviourTests.Run run) : IClassFixture<MisbehaviourTests.Run>
{
    // 机器忙，数目还没有超过，时限就先到了：两种判定都对。
    public static TheoryData<string, string, string> Behaviours => new()
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
        Judged judged = (await run.Verdicts)[behaviour];

        result.Split('|').ShouldContain(judged.Result, judged.Seen);
        judged.Seen.ShouldContain(seen);
    }

    [Fact]
    public async Task The_checker_goes_on_to_the_exercises_after_them() => (await run.Verdicts)["solved"].ShouldBe(new Judged("solved", "", ""));

    [Fact]
    public async Task No_process_no_name_and_no_file_of_theirs_is_left()
    {
        await run.Verdicts;

        // 没有私有的 /dev/shm 时，检查器只删看见学生的进程打开过的名字：这里三个，一闪而过，不一定都看见。
        if (Environment.GetEnvironmentVariable("CHECK_PRIVATE_SHM") != "0" && await Elsewhere.HasOwnShm()) Run.LeftNames().ShouldBeEmpty();
        Directory.GetFileSystemEntries(run.Temp).ShouldBeEmpty();
        Processes().ShouldNotContain(line => line.Contains(run.Temp));
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

    /// <summary>失控的程序各放在一个练习的位置上，最后跟一个对的；一次放得下十二个，所以检查器启动两次。</summary>
    public sealed class Run : IDisposable
    {
        private readonly TempFolder _folder = new();

        public Run() => Verdicts = All();

        internal Task<Dictionary<string, Judged>> Verdicts { get; }

        internal string Temp => _folder["tmp"];

        public static string[] LeftNames() => [.. Directory.GetFileSystemEntries("/dev/shm").Where(entry => entry.Contains("left-by-student") || entry.Contains("left-folder"))];

        public void Dispose()
        {
            _folder.Dispose();
            foreach (string left in LeftNames())
            {
                if (Directory.Exists(left)) Directory.Delete(left, recursive: true);
                else File.Delete(left);
            }
        }

        private async Task<Dictionary<string, Judged>> All()
        {
            var verdicts = new Dictionary<string, Judged>();
            Directory.CreateDirectory(Temp);
            foreach (string[] behaviours in Behaviours.Select(row => row.Data.Item1).Chunk(Checker.Names.Length - 1))
            {
                string my = Directory.CreateDirectory(_folder[behaviours[0]]).FullName;
                foreach ((string behaviour, string name) in behaviours.Zip(Checker.Names)) File.Copy(Path.Combine(Checker.Answers, "misbehaving", behaviour + ".cs"), Path.Combine(my, name + ".cs"));
                string last = Checker.Names[behaviours.Length];
                File.Copy(Checker.Given("solutions", last), Path.Combine(my, last + ".cs"));

                Finished finished = await Checker.Command(my, ["report", "--json", "-", .. Checker.Names[..(behaviours.Length + 1)]])
                    .WithEnvironmentVariables(e => e.Set("TMPDIR", Temp).Set("LC_ALL", "C.UTF-8").Set("CHECK_LIMIT", "15")).Finish();
                finished.ExitCode.ShouldBe(1, finished.Error);
                using JsonDocument json = JsonDocument.Parse(finished.Output);
                foreach ((string behaviour, JsonElement e) in behaviours.Append("solved").Zip(json.RootElement.GetProperty("exercises").EnumerateArray()))
                {
                    verdicts[behaviour] = Checker.Judge(e);
                }
            }

            return verdicts;
        }
    }
}
