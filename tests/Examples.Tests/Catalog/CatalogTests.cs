using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>对每个示例都一样的要求：印成什么样，同时运行，什么也不留下。</summary>
public sealed class CatalogTests(Twice twice) : IClassFixture<Twice>
{
    public static TheoryData<string> All => [.. Example.All.Select(example => example.Title)];

    public static TheoryData<string> Observing => [.. Example.Observing];

    // 运行成不成功、看到的与应当的一样不一样，由下面「同时运行」的一条判断；这里只看样子，一个毛病只报告一次。
    [Theory]
    [MemberData(nameof(Observing))]
    public async Task Every_line_is_a_marked_sentence_or_a_table(string project)
    {
        Example.SkipMost(project);
        foreach (Finished run in (await twice.Of(project)).Both) run.ShouldBeMarked();
    }

    [Theory]
    [MemberData(nameof(Observing))]
    public async Task The_output_is_at_most_10_observations_of_at_most_100_columns(string project)
    {
        Example.SkipMost(project);
        Finished run = (await twice.Of(project)).First.Single();

        run.Lines.Where(line => Observation.Columns(line) > Observation.MaxColumns).ShouldBeEmpty();
        run.Observations.Length.ShouldBeLessThanOrEqualTo(Example.MaxObservations(project), run.Output);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Two_at_once_with_the_same_process_numbers_do_not_disturb_each_other(string title)
    {
        Example.SkipMost(title);
        Twice.Outcome outcome = await twice.Of(title);

        foreach (Finished run in outcome.Both) run.ShouldSucceed();
        if (Example.Observing.Contains(title)) outcome.Both.ShouldAllBe(run => run.Observations.Length > 0);
        outcome.Second.Select(run => run.Lines.Length).ShouldBe(outcome.First.Select(run => run.Lines.Length));
        foreach (Finished[] copy in (Finished[][])[outcome.First, outcome.Second])
        {
            // 一对程序：收到的就是发送的。
            if (copy.Length == 2) After(copy[1].Output, " recv:", " receive:").ShouldBe(After(copy[0].Output, " send:"));
        }

        if (outcome.First.Length == 2) outcome.First[0].Output.ShouldNotBe(outcome.Second[0].Output);

        static string After(string text, params string[] marks) => text.Split(marks, 2, StringSplitOptions.None)[1];
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Nothing_is_left_in_dev_shm_var_tmp_and_TMPDIR(string title)
    {
        Example.SkipMost(title);
        Twice.Outcome outcome = await twice.Of(title);

        outcome.Files.ShouldBeEmpty();
        Assert.SkipUnless(outcome.IsPrivate, "这里不能建挂载命名空间，/dev/shm 里多出的名字分不清是谁的");
        outcome.Names.ShouldBeEmpty();
    }
}
