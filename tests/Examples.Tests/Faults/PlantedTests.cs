using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>我们的名字下面，是别的程序创建的东西：目录、FIFO、大小不对、随机的字节、假的信号量。说清楚，不崩溃，不挂住，不改它。</summary>
public sealed class PlantedTests : IDisposable
{
    private const string Sender = "10-ShmSemaphore/Sender";
    private const string Receiver = "10-ShmSemaphore/Receiver";
    private const string DotNetWay = "16-DotNetWay";
    private const string Interop = "17-Interop";

    private readonly ShmName _shm = new();

    /// <summary>六个角色：项目，名字之前的参数。</summary>
    public static TheoryData<string, string> Roles() => new() { { Sender, "" }, { Receiver, "" }, { DotNetWay, "send" }, { DotNetWay, "receive" }, { Interop, "send" }, { Interop, "receive" } };

    /// <summary>六个角色各遇到几种假的信号量。</summary>
    public static TheoryData<string, string, int> FakeSemaphores()
    {
        var data = new TheoryData<string, string, int>();
        foreach (TheoryDataRow<string, string> role in Roles())
        {
            foreach (int size in Long.Wanted ? (int[])[0, 3, 16, 32, 4096] : [0, 32]) data.Add(role.Data.Item1, role.Data.Item2, size);
        }

        return data;
    }

    public void Dispose()
    {
        if (Directory.Exists(_shm.ObjectFile)) Directory.Delete(_shm.ObjectFile);
        if (Directory.Exists(_shm.SemaphoreFile)) Directory.Delete(_shm.SemaphoreFile);
        _shm.Dispose();
    }

    [Theory]
    [MemberData(nameof(FakeSemaphores))]
    public async Task A_file_that_is_no_semaphore_is_refused_with_how_to_delete_it_and_stays_untouched(string project, string role, int size)
    {
        byte[] content = new byte[size];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(_shm.SemaphoreFile, content);
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);

        (await Run(project, role)).ShouldFailWith(_shm.SemaphoreFile, $"{size} 字节", "rm " + _shm.SemaphoreFile);

        File.ReadAllBytes(_shm.SemaphoreFile).ShouldBe(content);
        File.ReadAllBytes(_shm.ObjectFile).ShouldBe(new byte[10]);
    }

    [Theory]
    [InlineData(Sender, "")]
    [InlineData(DotNetWay, "send")]
    [InlineData(Interop, "send")]
    public async Task A_semaphore_of_an_absurd_value_is_refused_instead_of_being_counted_down_for_minutes(string project, string role)
    {
        _shm.CreateSemaphore(int.MaxValue);

        (await Run(project, role)).ShouldFailWith($"{int.MaxValue}", "rm " + _shm.SemaphoreFile);
    }

    [Theory]
    [InlineData(Sender, "")]
    [InlineData(DotNetWay, "send")]
    [InlineData(Interop, "send")]
    public async Task Refusing_a_fake_semaphore_the_sender_takes_back_only_its_own_object(string project, string role)
    {
        File.WriteAllBytes(_shm.SemaphoreFile, []);

        (await Run(project, role)).ShouldFailWith("0 字节");

        File.Exists(_shm.ObjectFile).ShouldBeFalse();
        new FileInfo(_shm.SemaphoreFile).Length.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task A_folder_or_a_FIFO_under_the_name_of_the_object_is_an_error_and_nobody_hangs(string project, string role)
    {
        _shm.CreateSemaphore(0);
        Directory.CreateDirectory(_shm.ObjectFile);
        Finished folder = await Run(project, role);
        Directory.Delete(_shm.ObjectFile);
        (await Suite.External("mkfifo", "-m", "600", _shm.ObjectFile).Finish()).ShouldSucceed();
        Finished fifo = await Run(project, role);

        folder.ShouldFailWith(_shm.Name);
        folder.Error.ShouldMatch("目录|换一个名字");
        fifo.ShouldFailWith(_shm.Name, "换一个名字");
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task A_folder_under_the_name_of_the_semaphore_is_an_error(string project, string role)
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[10]);
        Directory.CreateDirectory(_shm.SemaphoreFile);

        (await Run(project, role)).ShouldFailWith("sem_open(", "EISDIR (Is a directory)");
    }

    [Theory]
    [InlineData(Receiver, "")]
    [InlineData(DotNetWay, "receive")]
    public async Task A_huge_sparse_object_of_random_bytes_is_read_up_to_the_first_NUL(string project, string role)
    {
        string text = RandomText.Next(5000);
        using (FileStream huge = File.Create(_shm.ObjectFile))
        {
            huge.Write(System.Text.Encoding.ASCII.GetBytes(text));
            huge.SetLength(1L << 40);
        }

        _shm.CreateSemaphore(1);

        Finished run = await Run(project, role);

        (run.ShouldSucceed().Output == $"process:{run.Pid} recv:{text}\n").ShouldBeTrue();
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(Sender, "", Receiver, "")]
    [InlineData(DotNetWay, "send", DotNetWay, "receive")]
    public async Task A_huge_sparse_object_in_the_way_becomes_the_size_of_the_message(string sender, string send, string receiver, string receive)
    {
        using (FileStream huge = File.Create(_shm.ObjectFile)) huge.SetLength(1L << 40);
        string text = RandomText.Next(5000);

        (await Run(sender, send, text)).ShouldSucceed();

        new FileInfo(_shm.ObjectFile).Length.ShouldBe(text.Length + 1);
        Finished run = await Run(receiver, receive);
        (run.ShouldSucceed().Output == $"process:{run.Pid} recv:{text}\n").ShouldBeTrue();
    }

    [Fact]
    public async Task The_inner_roles_of_DotNetWay_touch_nothing_when_typed_by_hand()
    {
        // 恰好是 Question 的大小：没有检查的话，answer 会取走别人的 post，写别人的内存。
        File.WriteAllBytes(_shm.ObjectFile, new byte[16]);
        _shm.CreateSemaphore(1);

        (await Suite.Run(DotNetWay, "answer", _shm.Name)).ShouldBeWrongUsage();
        (await Suite.Run(DotNetWay, "mutex", _shm.Name[1..])).ShouldBeWrongUsage();

        File.ReadAllBytes(_shm.ObjectFile).ShouldBe(new byte[16]);
        _shm.TakePosts().ShouldBe(1);
    }

    private Task<Finished> Run(string project, string role, params string[] rest) => Suite.Run(project, [.. role == "" ? Array.Empty<string>() : [role], _shm.Name, .. rest]);
}
