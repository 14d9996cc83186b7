using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>02-Mmap 保护：每种 PROT_* 准许什么。</summary>
public sealed class ProtectionTests
{
    private const string Project = "02-Mmap/Protection";

    // 一次运行启动 19 个子进程，各条测试看同一张表。
    private static readonly Lazy<Task<Finished>> Table = new(() => Suite.Run(Project));

    [Theory]
    [Trait("Statement", "C3")]
    [InlineData("PROT_NONE", "---s", "SIGSEGV", "SIGSEGV", "SIGSEGV")]
    [InlineData("PROT_READ", "r--s", "允许", "SIGSEGV", "SIGSEGV")]
    [InlineData("PROT_WRITE", "-w-s", null, "允许", "SIGSEGV")]
    [InlineData("PROT_EXEC", "--xs", null, "SIGSEGV", "允许")]
    [InlineData("PROT_READ | PROT_WRITE", "rw-s", "允许", "允许", "SIGSEGV")]
    [InlineData("PROT_READ | PROT_EXEC", "r-xs", "允许", "SIGSEGV", "允许")]
    public async Task Each_protection_allows_what_it_names_and_the_rest_dies_of_SIGSEGV(string prot, string recorded, string? read, string store, string execute)
    {
        string line = (await Table.Value).Observation("C3", $"C3 {prot,-22}（内核记作 {recorded}）");
        string[] seen = Cells(line.Split("，看到 ")[1]);

        seen.Length.ShouldBe(3);
        seen[0].ShouldBeOneOf(read is null ? ["允许", "SIGSEGV"] : [read]);
        seen[1].ShouldBe(store);
        seen[2].ShouldBe(execute);
    }

    [Theory]
    [Trait("Statement", "C3")]
    [InlineData("-w-s")]
    [InlineData("--xs")]
    public async Task Whether_write_only_or_execute_only_can_be_read_is_shown_but_not_judged(string recorded)
    {
        string line = (await Table.Value).Observation("C3", $"（内核记作 {recorded}）");

        Cells(line.Split("：预期 ")[1].Split('，')[0])[0].ShouldBe("未规定");
    }

    [Fact]
    [Trait("Statement", "C3")]
    public async Task A_store_by_a_C_sharp_statement_ends_in_SIGABRT_and_no_catch_helps()
    {
        (await Table.Value).Observation("C3", "C# 语句", "try/catch").ShouldEndWith("：预期 SIGABRT，看到 SIGABRT");
    }

    [Fact]
    [Trait("Statement", "C3")]
    public async Task A_system_call_given_the_same_address_answers_EFAULT()
    {
        (await Table.Value).Observation("C3", "系统调用 pread").ShouldEndWith("看到 -1 EFAULT");
    }

    [Fact]
    [Trait("Statement", "C3")]
    public async Task The_table_has_six_protections_and_every_line_is_as_expected()
    {
        Finished run = await Table.Value;

        run.ShouldObserveAsExpected().Lines.Count(line => line.Contains("读 存 执行")).ShouldBe(6);
        run.Lines.Length.ShouldBe(8);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_at_once_see_the_same_and_the_crashes_leave_no_file_behind()
    {
        using var folder = new TempFolder();

        // 尽系统所许放开 core 文件，也不关诊断端口：崩溃的子进程要留下什么，就留在这个目录里。
        Task<Finished> Run() => Suite.External("/bin/sh", "-c", "ulimit -S -c $(ulimit -H -c); exec \"$0\"", Suite.Executable(Project))
            .WithWorkingDirectory(folder.Folder).WithEnvironmentVariables(e => e.Set("TMPDIR", folder.Folder)).Finish();
        Finished[] runs = await Task.WhenAll(Run(), Run());

        runs[0].ShouldObserveAsExpected().Output.ShouldBe(runs[1].ShouldObserveAsExpected().Output);
        Directory.GetFileSystemEntries(folder.Folder).ShouldBeEmpty();
    }

    private static string[] Cells(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
