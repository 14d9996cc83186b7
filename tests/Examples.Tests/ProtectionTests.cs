using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>02-Mmap 保护：每种 PROT_* 允许什么。</summary>
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
    public async Task Each_protection_allows_what_it_names_and_the_rest_dies_of_SIGSEGV(string prot, string maps, string? read, string write, string run)
    {
        string line = (await Table.Value).ShouldObserveAsExpected().Lines.Where(line => line.StartsWith($"  {prot,-24}{maps}", StringComparison.Ordinal)).ShouldHaveSingleItem();
        string[] seen = line.Split(maps)[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        seen.Length.ShouldBe(3);
        seen[0].ShouldBeOneOf(read is null ? ["允许*", "SIGSEGV*"] : [read]);
        seen[1].ShouldBe(write);
        seen[2].ShouldBe(run);
    }

    [Fact]
    [Trait("Statement", "C3")]
    public async Task Whether_write_only_or_execute_only_can_be_read_is_shown_but_not_judged()
    {
        Finished run = await Table.Value;

        run.Holds("C3", "* 是 POSIX 没有规定的");
        run.Lines.Where(line => Observation.IsTable(line) && line.Contains('*')).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])
            .ShouldBe(["PROT_WRITE", "PROT_EXEC"]);
        run.Lines.Where(Observation.IsTable).SelectMany(line => line).Count(c => c == '*').ShouldBe(2);
    }

    [Fact]
    [Trait("Statement", "C3")]
    public async Task A_store_by_a_C_sharp_statement_ends_in_SIGABRT_and_no_catch_helps()
    {
        (await Table.Value).Holds("C3", "C# 语句", "try/catch").ShouldEndWith("：SIGABRT");
    }

    [Fact]
    [Trait("Statement", "C3")]
    public async Task A_system_call_given_the_same_address_answers_EFAULT()
    {
        (await Table.Value).Holds("C3", "系统调用 pread").ShouldContain("：EFAULT");
    }

    /// <summary>不听父进程的判断：测试给它对象，直接看子进程的结局（信号是 128 加编号）和对象里的字节。</summary>
    [Theory]
    [Trait("Statement", "C3")]
    [InlineData("write", "1", 128 + 11)]
    [InlineData("managed", "1", 128 + 6)]
    [InlineData("write", "3", null)]
    public async Task A_store_through_a_read_only_mapping_really_ends_the_process(string access, string prot, int? exitCode)
    {
        using var folder = new TempFolder();
        byte[] content = new byte[Environment.SystemPageSize];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(folder["object"], content, TestContext.Current.CancellationToken);

        Finished run = await Suite.Role(Project, folder["object"], access, prot).Finish();

        // 写成了，就以写入的值退出。
        if (exitCode == null) content[8] = (byte)run.ExitCode;
        else run.ExitCode.ShouldBe(exitCode.Value, run.Error);
        (await File.ReadAllBytesAsync(folder["object"], TestContext.Current.CancellationToken)).ShouldBe(content);
    }

    [Fact]
    public async Task The_crashes_leave_no_file_behind()
    {
        using var folder = new TempFolder();

        // 尽系统所许放开 core 文件，也不关诊断端口：崩溃的子进程要留下什么，就留在这个目录里。
        await Suite.External("/bin/sh", "-c", "ulimit -S -c $(ulimit -H -c); exec \"$0\"", Suite.Executable(Project))
            .WithWorkingDirectory(folder.Folder).WithEnvironmentVariables(e => e.Set("TMPDIR", folder.Folder)).Finish();

        Directory.GetFileSystemEntries(folder.Folder).ShouldBeEmpty();
    }
}
