namespace Exercises.Tests;

/// <summary>写成改动的答案：每一处都找得到，也只找得到一处。</summary>
public sealed class EditTests
{
    [Theory]
    [MemberData(nameof(AnswerTests.Names), MemberType = typeof(AnswerTests))]
    public void Every_edit_finds_its_one_place_and_no_section_of_the_file_is_overlooked(string name)
    {
        Answer[] edited = [.. Answer.For(name).Where(answer => answer.Base != null)];

        edited.Select(answer => answer.Text()).ShouldBeUnique();
        edited.Length.ShouldBe(File.ReadLines(Path.Combine(Checker.Answers, name + ".diff")).Count(line => line.StartsWith("@@", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("- three\n+ four", "没有找到")]
    [InlineData("- one\n+ four", "不止一处")]
    [InlineData("+ four", "不止一处")]
    [InlineData("- two\n= four", "看不懂")]
    public void An_edit_without_one_certain_place_is_refused(string edit, string why) =>
        Should.Throw<InvalidDataException>(() => new Answer("x", "wrong-x", edit, "exercises").Edit("one\ntwo\none\n")).Message.ShouldContain(why);

    [Fact]
    public void An_edit_replaces_part_of_a_line_or_adds_lines_beside_one_that_stays() =>
        Answer.Parse("x", "@@ exercises wrong-x @@ …\n- wo\n+ en\n\n  three\n+ four\n").Single().Edit("one two\nthree\nend\n").ShouldBe("one ten\nthree\nfour\nend\n");
}
