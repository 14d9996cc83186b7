using System.Text;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>同一台机器上的别人：打不开我们的东西；他先放好的链接、文件、对象，人人可写也不去碰。要 root 才能扮成别人，不是就跳过。</summary>
public sealed class OtherUserTests : IDisposable
{
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";
    private const string Nobody = "65534";
    private const string NotOurs = "属于用户 65534";

    private readonly ShmName _shm = new();
    private readonly TempFolder _temp = new();

    /// <summary>六个角色：项目，名字之前的参数。</summary>
    public static TheoryData<string, string> Roles() => PlantedTests.Roles();

    public void Dispose()
    {
        _shm.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task An_object_of_someone_else_open_to_all_is_neither_written_nor_believed(string project, string role)
    {
        byte[] content = Encoding.ASCII.GetBytes(RandomText.Next(9) + '\0');
        _shm.CreateSemaphore(1);
        await Plant(_shm.ObjectFile, content);

        Finished run = await Run(project, role);

        run.ShouldFailWith(_shm.Name, NotOurs, "请换一个名字");
        File.ReadAllBytes(_shm.ObjectFile).ShouldBe(content);
        _shm.TakePosts().ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task A_semaphore_of_someone_else_open_to_all_is_not_touched(string project, string role)
    {
        _shm.CreateSemaphore(1);
        byte[] genuine = File.ReadAllBytes(_shm.SemaphoreFile);
        await Plant(_shm.SemaphoreFile, genuine);
        if (role is "receive" || project == Receiver) File.WriteAllBytes(_shm.ObjectFile, new byte[10]);

        (await Run(project, role)).ShouldFailWith(NotOurs, "请换一个名字");

        File.ReadAllBytes(_shm.SemaphoreFile).ShouldBe(genuine);
        File.Exists(_shm.ObjectFile).ShouldBe(role is "receive" || project == Receiver);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task A_link_under_either_name_is_not_followed(string project, string role)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "不是 root，无法创建属于别人的链接");
        byte[] content = Encoding.ASCII.GetBytes(RandomText.Next(32));
        File.WriteAllBytes(_temp["victim"], content);

        File.CreateSymbolicLink(_shm.ObjectFile, _temp["victim"]);
        await External("chown", "-h", Nobody, _shm.ObjectFile);

        // 不要求独占地创建（16 的 send），内核先看见的是：别人在人人可写的目录里放的链接，不许跟随。
        Finished run = await Run(project, role);
        run.ShouldFailWith("shm_open(", run.Error.Contains("O_RDWR | O_CREAT, ") ? "EACCES" : "ELOOP");
        File.Delete(_shm.ObjectFile);

        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        File.CreateSymbolicLink(_shm.SemaphoreFile, _temp["victim"]);
        await External("chown", "-h", Nobody, _shm.SemaphoreFile);
        (await Run(project, role)).ShouldFailWith("sem_open(", "ELOOP");

        File.ReadAllBytes(_temp["victim"]).ShouldBe(content);
    }

    [Fact]
    public async Task A_file_of_someone_else_in_a_sticky_folder_is_not_written_by_the_writer()
    {
        byte[] content = BitConverter.GetBytes(Random.Shared.Next());
        Sticky();
        await Plant(_temp["memmap.dat"], content);

        Finished writer = await InTemp("06-FileMapping/Writer").Finish();

        // fs.protected_regular 打开时，内核在 open 就拒绝了。
        writer.ShouldFailWith("memmap.dat", "换一个路径");
        writer.Error.ShouldMatch($"{NotOurs}|EACCES");
        File.ReadAllBytes(_temp["memmap.dat"]).ShouldBe(content);
    }

    [Fact]
    public async Task The_reader_believes_someone_elses_file_only_when_its_path_is_given()
    {
        int value = Random.Shared.Next();
        Sticky();
        await Plant(_temp["memmap.dat"], BitConverter.GetBytes(value));

        (await InTemp("06-FileMapping/Reader").Finish()).ShouldFailWith("memmap.dat", NotOurs, "要读它就写明路径");
        (await Suite.Run("06-FileMapping/Reader", _temp["memmap.dat"])).ShouldSucceed().Output.ShouldEndWith($" receive:{value}\n");
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Our_objects_are_closed_to_others_who_are_told_to_take_a_name_of_their_own(string project, string role)
    {
        string text = RandomText.Next(12);
        (await Suite.Run(Sender, _shm.Name, text)).ShouldSucceed();

        Command nobody = await Elsewhere.AsNobody(Suite.Executable(project), [.. role == "" ? Array.Empty<string>() : [role], _shm.Name]);

        (await nobody.Finish()).ShouldFailWith("shm_open(", "EACCES (Permission denied)", "请换一个名字");
        (await Suite.Run(Receiver, _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{text}\n");
    }

    [Fact]
    public async Task Two_users_of_one_machine_collide_on_memmap_and_doing_what_the_error_says_helps()
    {
        _ = await Elsewhere.AsNobody(Suite.Executable(Sender));
        const string other = "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all ";
        Command command = await Elsewhere.WithOwnShm("1m",
            $"\"$1\" && {other} \"$1\"; echo $?; {other} \"$1\" /memmap-65534 \"$3\" && {other} \"$2\" /memmap-65534; ls /dev/shm", Suite.Executable(Sender), Suite.Executable(Receiver), "hello");

        Finished run = await command.Finish();

        run.Error.ShouldContain("请换一个名字");
        run.Lines.Length.ShouldBe(6, run.Output + run.Error);
        run.Lines[1].ShouldBe("1");
        run.Lines[3].ShouldEndWith(" recv:hello");
        run.Lines[4..].ShouldBe(["memmap", "sem.memmap_sem"]);
    }

    private static async Task External(string file, params string[] args) => (await Suite.External(file, args).Finish()).ShouldSucceed();

    private static async Task Plant(string file, byte[] content)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "不是 root，无法创建属于别人的文件");
        File.WriteAllBytes(file, content);
        await External("chmod", "666", file);
        await External("chown", Nobody, file);
    }

    // 与 /tmp 一样：人人可写，带粘滞位。
    private void Sticky() => File.SetUnixFileMode(_temp.Folder, (UnixFileMode)0b001_111_111_111);

    private Command InTemp(string project) => Suite.Command(project).WithEnvironmentVariables(e => e.Set("TMPDIR", _temp.Folder).Set("DOTNET_EnableDiagnostics", "0").Set("LC_ALL", "C.UTF-8"));

    private Task<Finished> Run(string project, string role) => Suite.Run(project, [.. role == "" ? Array.Empty<string>() : [role], _shm.Name]);
}
