using System.Reflection;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Xunit.v3;

namespace Examples.Tests.Tutorial;

/// <summary>statements.md 列全了文章的语句，和之后几章自己的，列出的程序和测试都存在。</summary>
public sealed partial class StatementTests
{
    private static readonly string[] Ids =
        ("A1 A2 A3 B1 B2 B3 C1 C2 C3 C4 C5 C6 C7 C8 D1 E1 E2 E3 E4 F1 F2 F3 F4 G1 H1 H2 H3 I1 I2 I3 I4 J1 K1 "
        + "R1 R2 R3 R4 R5 P1 P2 P3 P4 P5 V1 V2 V3 V4 V5 V6").Split(' ');

    [Fact]
    public void Every_statement_has_a_test()
    {
        IEnumerable<string> checkedIds = typeof(StatementTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).SelectMany(Statements);

        Ids.Except(checkedIds).ShouldBeEmpty();
    }

    [Fact]
    public void Statements_md_has_every_statement_once_and_in_order()
    {
        Rows().Select(row => Cell(row, 0)).ShouldBe(Ids);
    }

    [Fact]
    public void Statements_md_names_only_programs_that_exist_and_tests_that_check_the_statement()
    {
        foreach (TableRow row in Rows())
        {
            string id = Cell(row, 0);
            string[] programs = Codes(row, 3), tests = Codes(row, 4);
            programs.ShouldNotBeEmpty(id);
            programs.ShouldAllBe(program => File.Exists(Suite.Executable(program)));
            tests.ShouldNotBeEmpty(id);
            foreach (string test in tests)
            {
                string[] name = test.Split('.');
                MethodInfo? method = typeof(StatementTests).Assembly.GetType($"Examples.Tests.{name[0]}")?.GetMethod(name[1]);
                method.ShouldNotBeNull($"{id}：没有测试 {test}");
                Statements(method).ShouldContain(id, $"{test} 没有标注 {id}");
            }
        }
    }

    private static IEnumerable<string> Statements(MethodInfo method) =>
        method.GetCustomAttributes<TraitAttribute>().Where(trait => trait.Name == "Statement").Select(trait => trait.Value);

    private static IEnumerable<TableRow> Rows() =>
        Page.Read("tutorial/statements.md").Document.Descendants<TableRow>().Where(row => StatementId().IsMatch(Cell(row, 0)));

    private static string Cell(TableRow row, int column) =>
        string.Concat(row[column].Descendants<LiteralInline>().Select(text => text.Content.ToString())).Trim();

    private static string[] Codes(TableRow row, int column) => [.. row[column].Descendants<CodeInline>().Select(code => code.Content)];

    [GeneratedRegex("^[A-WYZ][0-9]$")]
    private static partial Regex StatementId();
}
