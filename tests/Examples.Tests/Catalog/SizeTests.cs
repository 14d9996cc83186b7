using Examples.Tests.Support;

namespace Examples.Tests.Catalog;

/// <summary>示例短得可以一口气读完：一个项目的全部源文件合起来数，旁边的文件也算。</summary>
public sealed class SizeTests
{
    private const int WidestLine = 120, Median = 75, LinesOfCommon = 450;

    private static readonly string Examples = Path.Combine(Suite.Root, "examples");

    public static TheoryData<string> Projects => [.. Example.Projects];

    public static TheoryData<string> Files => [.. Sources(Examples).Select(file => Path.GetRelativePath(Examples, file))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_stays_within_the_lines_and_files_of_its_kind(string project)
    {
        (int lines, int files) = project[..2] switch
        {
            "05" or "06" or "10" => (60, 1),
            "11" or "13" or "15" or "17" or "19" => (200, 3),
            "16" => (400, 5),
            _ => (100, 2),
        };

        string[] sources = Sources(Path.Combine(Examples, project));

        sources.Length.ShouldBeInRange(1, files);
        sources.Sum(Lines).ShouldBeLessThanOrEqualTo(lines);
    }

    [Fact]
    public void Half_of_the_projects_are_no_longer_than_a_listing_in_a_book()
    {
        int[] lines = [.. Example.Projects.Select(project => Sources(Path.Combine(Examples, project)).Sum(Lines)).Order()];

        lines[lines.Length / 2].ShouldBeLessThanOrEqualTo(Median, string.Join(' ', lines));
    }

    [Fact]
    public void What_is_not_the_lesson_stands_once_and_stays_small()
    {
        Sources(Path.Combine(Examples, "Common")).Sum(Lines).ShouldBeLessThanOrEqualTo(LinesOfCommon);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_line_is_wider_than_120_columns(string file)
    {
        File.ReadLines(Path.Combine(Examples, file)).Where(line => Observation.Columns(line) > WidestLine).ShouldBeEmpty();
    }

    private static int Lines(string file) => File.ReadLines(file).Count();

    private static string[] Sources(string folder) =>
        [.. Directory.GetFiles(folder, "*.*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".py")
            .Where(file => !file.Contains("/bin/") && !file.Contains("/obj/"))];
}
