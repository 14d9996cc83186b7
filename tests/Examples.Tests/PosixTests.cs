using System.Runtime.InteropServices;
using System.Text;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>绑定本身：编号、名字、布局与本机的 libc 一致。</summary>
public sealed class PosixTests
{
    public static TheoryData<string, long> Numbered(string type) =>
        [.. typeof(Libc).GetFields().Where(field => field.IsLiteral && field.FieldType.Name == type)
            .Select(field => new TheoryDataRow<string, long>(field.Name, Convert.ToInt64(field.GetRawConstantValue(), null)))];

    [Theory]
    [MemberData(nameof(Numbered), nameof(Errno))]
    public void An_errno_constant_has_the_number_that_libc_calls_by_its_name(string name, long number)
    {
        strerrorname_np((Errno)number).ShouldBe(name);
    }

    [Theory]
    [MemberData(nameof(Numbered), nameof(Signal))]
    public void A_signal_constant_has_the_number_that_libc_calls_by_its_name(string name, long number)
    {
        ("SIG" + sigabbrev_np((Signal)number)).ShouldBe(name);
    }

    [Fact]
    public void A_number_without_a_name_is_said_as_a_number()
    {
        strerrorname_np((Errno)41).ShouldBe("41");
        sigabbrev_np((Signal)0).ShouldBe("0");
    }

    [Fact]
    public void A_failed_call_leaves_its_errno()
    {
        int fd = open("/no/such/file", O_RDONLY);
        Errno error = errno;

        fd.ShouldBe(-1);
        error.ShouldBe(ENOENT);
        strerror(ENOENT).ShouldBe("No such file or directory");
    }

    [Fact]
    public void O_NOFOLLOW_and_O_DIRECTORY_have_this_architectures_number()
    {
        using var temp = new TempFolder();
        File.WriteAllText(temp["file"], "");
        File.CreateSymbolicLink(temp["link"], temp["file"]);

        ErrnoOf(temp["link"], O_NOFOLLOW).ShouldBe(ELOOP);
        ErrnoOf(temp["file"], O_DIRECTORY).ShouldBe(ENOTDIR);

        // 断言库内部也会调用系统，errno 要在断言之前取。
        static Errno? ErrnoOf(string path, OpenFlags flag) => open(path, O_RDONLY | O_CLOEXEC | flag) == -1 ? errno : null;
    }

    [Fact]
    public async Task Fstat_reads_the_same_as_the_stat_command()
    {
        using var temp = new TempFolder();
        File.WriteAllBytes(temp["file"], new byte[Random.Shared.Next(1, 100_000)]);
        int fd = open(temp["file"], O_RDONLY | O_CLOEXEC);

        fstat(fd, out stat_t st).ShouldBe(0);
        close(fd).ShouldBe(0);

        Finished stat = await Suite.External("stat", "--format=%i %f %u %s %b", temp["file"]).Finish();
        stat.Output.Trim().ShouldBe($"{st.st_ino} {(uint)st.st_mode:x} {st.st_uid} {st.st_size} {st.st_blocks}");
        S_ISREG(st.st_mode).ShouldBeTrue();
    }

    [Fact]
    public void Geteuid_owns_what_is_created_and_getppid_is_the_parent_in_proc()
    {
        using var temp = new TempFolder();
        int fd = open(temp["new"], O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
        fstat(fd, out stat_t st).ShouldBe(0);
        close(fd).ShouldBe(0);

        geteuid().ShouldBe(st.st_uid);
        File.ReadLines("/proc/self/status").ShouldContain($"PPid:\t{getppid()}");
    }

    [Theory]
    [InlineData("exit 7", true, 7)]
    [InlineData("exit 0", true, 0)]
    [InlineData("kill -9 $$", false, 9)]
    [InlineData("kill -11 $$", false, 11)]
    public unsafe void Waitpid_tells_an_exit_from_a_signal(string script, bool exits, int number)
    {
        byte* noEnvironment = null;
        int status;
        fixed (byte* sh = "sh\0"u8, c = "-c\0"u8, text = Encoding.UTF8.GetBytes(script + '\0'))
        {
            byte** argv = stackalloc byte*[] { sh, c, text, null };
            posix_spawn(out int pid, "/bin/sh", null, null, argv, &noEnvironment).ShouldBe((Errno)0);
            waitpid(pid, out status, 0).ShouldBe(pid);
        }

        WIFEXITED(status).ShouldBe(exits);
        WIFSIGNALED(status).ShouldBe(!exits);
        (exits ? WEXITSTATUS(status) : (int)WTERMSIG(status)).ShouldBe(number);
    }

    [Fact]
    public unsafe void Posix_spawn_returns_its_own_error()
    {
        byte* none = null;

        posix_spawn(out _, "/no/such/program", null, null, &none, &none).ShouldBe(ENOENT);
    }

    [Fact]
    public void Spawn_self_returns_the_error_of_a_bad_descriptor()
    {
        spawn_self(out _, ["child"], (-1, 3)).ShouldBe(EBADF);
    }
}
