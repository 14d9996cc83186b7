using System.Globalization;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>06 内存映射文件：无亲缘进程交换一个 int。</summary>
public sealed class FileMappingTests : IDisposable
{
    private const string Writer = "06-FileMapping/Writer";
    private const string Reader = "06-FileMapping/Reader";

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    [Trait("Statement", "G1")]
    public async Task Without_arguments_111_goes_through_memmap_dat_in_the_temp_folder()
    {
        Finished writer = await InTemp(Writer).Finish();
        Finished reader = await InTemp(Reader).Finish();

        writer.ShouldSucceed().Output.ShouldBe($"process:{writer.Pid} send:111\n");
        reader.ShouldSucceed().Output.ShouldBe($"process:{reader.Pid} receive:111\n");
        File.Exists(_temp["memmap.dat"]).ShouldBeTrue();

        Command InTemp(string project) => Suite.Command(project).WithEnvironmentVariables(e => e.Set("TMPDIR", _temp.Folder));
    }

    public static TheoryData<int> Values() => [0, -1, int.MinValue, int.MaxValue, Random.Shared.Next(), -Random.Shared.Next()];

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    [Trait("Statement", "G1")]
    [Trait("Statement", "B3")]
    public async Task Any_int_arrives(int value)
    {
        string path = _temp["any"];

        Finished writer = await Suite.Run(Writer, path, value.ToString(CultureInfo.InvariantCulture));
        Finished reader = await Suite.Run(Reader, path);

        writer.ShouldSucceed().Output.ShouldBe($"process:{writer.Pid} send:{value}\n");
        reader.ShouldSucceed().Output.ShouldBe($"process:{reader.Pid} receive:{value}\n");
    }

    [Fact]
    [Trait("Statement", "H2")]
    public async Task The_file_holds_one_native_int_and_belongs_to_its_owner_alone()
    {
        string path = _temp["layout"];
        int value = Random.Shared.Next();

        (await Suite.Run(Writer, path, $"{value}")).ShouldSucceed();

        File.ReadAllBytes(path).ShouldBe(BitConverter.GetBytes(value));
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task The_value_outlives_both_processes_and_can_be_read_again()
    {
        string path = _temp["again"];
        int value = Random.Shared.Next();
        (await Suite.Run(Writer, path, $"{value}")).ShouldSucceed();

        for (int i = 0; i < 2; i++)
        {
            (await Suite.Run(Reader, path)).ShouldSucceed().Output.ShouldEndWith($" receive:{value}\n");
        }
    }

    [Fact]
    public async Task The_reader_reads_what_any_other_program_left()
    {
        string path = _temp["foreign"];
        int value = Random.Shared.Next();
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(value), 1, 2, 3, 4]);

        (await Suite.Run(Reader, path)).ShouldSucceed().Output.ShouldEndWith($" receive:{value}\n");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task The_writer_takes_over_a_stale_file_of_any_size(int size)
    {
        string path = _temp["stale"];
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)0xFF, size)]);
        int value = Random.Shared.Next();

        (await Suite.Run(Writer, path, $"{value}")).ShouldSucceed();

        File.ReadAllBytes(path).ShouldBe(BitConverter.GetBytes(value));
        (await Suite.Run(Reader, path)).ShouldSucceed().Output.ShouldEndWith($" receive:{value}\n");
    }

    [Fact]
    public async Task The_reader_first_says_run_the_writer_and_creates_nothing()
    {
        string path = _temp["missing"];

        (await Suite.Run(Reader, path)).ShouldFailWith("open(", path, "ENOENT (No such file or directory)", "先运行 Writer");

        File.Exists(path).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_file_shorter_than_an_int_is_an_error_and_no_SIGBUS(int size)
    {
        string path = _temp["short"];
        File.WriteAllBytes(path, new byte[size]);

        (await Suite.Run(Reader, path)).ShouldFailWith("fstat(", path, $"只有 {size} 字节");

        new FileInfo(path).Length.ShouldBe(size);
    }

    [Fact]
    public async Task A_folder_is_an_error_for_both()
    {
        (await Suite.Run(Writer, _temp.Folder)).ShouldFailWith("open(", "EISDIR");
        (await Suite.Run(Reader, _temp.Folder)).ShouldFailWith(_temp.Folder, "不是普通文件");
    }

    [Fact]
    public async Task A_path_in_a_missing_folder_is_an_error_for_both()
    {
        string path = _temp["no/such"];

        (await Suite.Run(Writer, path)).ShouldFailWith("open(", path, "ENOENT");
        (await Suite.Run(Reader, path)).ShouldFailWith("open(", path, "ENOENT");
    }

    [Fact]
    public async Task A_fifo_is_an_error_for_both_and_nobody_hangs()
    {
        string path = _temp["fifo"];
        (await Suite.External("mkfifo", path).Finish()).ShouldSucceed();

        (await Suite.Run(Reader, path)).ShouldFailWith(path, "不是普通文件");
        (await Suite.Run(Writer, path)).ShouldFailWith("posix_fallocate(", "ESPIPE", "普通文件");
    }

    [Fact]
    public async Task A_symbolic_link_is_followed_by_neither_and_its_target_stays_untouched()
    {
        string target = _temp["target"], link = _temp["link"];
        byte[] content = [1, 2, 3, 4, 5, 6, 7, 8];
        File.WriteAllBytes(target, content);
        File.CreateSymbolicLink(link, target);

        (await Suite.Run(Writer, link)).ShouldFailWith("open(", "ELOOP", "符号链接");
        (await Suite.Run(Reader, link)).ShouldFailWith("open(", "ELOOP", "符号链接");

        File.ReadAllBytes(target).ShouldBe(content);
    }

    [Fact]
    public async Task Another_user_may_not_read_it()
    {
        // 测试目录是 0700，别的用户本来就进不去；放开它，看文件自己的权限。
        string path = _temp["private"];
        (await Suite.Run(Writer, path)).ShouldSucceed();
        File.SetUnixFileMode(_temp.Folder, (UnixFileMode)0b111_101_101);

        Command nobody = await Elsewhere.AsNobody(Suite.Executable(Reader), path);

        (await nobody.Finish()).ShouldFailWith("open(", "EACCES (Permission denied)");
    }

    [Fact]
    public async Task A_full_disk_is_an_error_and_no_SIGBUS()
    {
        // 私有的小 tmpfs 用满，再在上面写文件。
        Command full = await Elsewhere.WithOwnShm("8k", "head -c 8192 /dev/zero > /dev/shm/fill; exec \"$1\" /dev/shm/memmap.dat", Suite.Executable(Writer));

        (await full.Finish()).ShouldFailWith("posix_fallocate(", "ENOSPC (No space left on device)");
    }
}
