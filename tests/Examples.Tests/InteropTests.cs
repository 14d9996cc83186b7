using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Faults;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>17 共享内存不分语言：每一对程序，一边是 C#，另一边是 C 或 Python。</summary>
public sealed partial class InteropTests(Native native) : IClassFixture<Native>, IDisposable
{
    private const string Project = "17-Interop";
    private const string CSharp = "C#", C = "C", Py = "Python";
    private const string FileMapping = "tests/python/file_mapping.py", ShmSemaphore = "tests/python/shm_semaphore.py";
    private const string ReadingPy = "examples/17-Interop/reading.py", Attach = "tests/python/attach.py";

    private static readonly (string From, string To)[] Directions = [(CSharp, C), (C, CSharp), (CSharp, Py), (Py, CSharp)];

    private readonly ShmName _shm = new();
    private readonly TempFolder _temp = new();

    public void Dispose()
    {
        _shm.Dispose();
        _temp.Dispose();
    }

    public static TheoryData<string, string, int> Ints() =>
        [.. Directions.SelectMany(d => (Long.Wanted ? (int[])[int.MinValue, -1] : []).Append(Random.Shared.Next()), (d, value) => (d.From, d.To, value))];

    [Theory]
    [MemberData(nameof(Ints), DisableDiscoveryEnumeration = true)]
    [Trait("Statement", "G1")]
    public async Task An_int_in_a_file_goes_from_one_language_to_another(string from, string to, int value)
    {
        string path = _temp["memmap.dat"], text = value.ToString(CultureInfo.InvariantCulture);

        Finished writer = await (from switch
        {
            C => await native.Command("file_writer", path, text),
            Py => await Python.Command(FileMapping, "write", path, text),
            _ => Suite.Command("06-FileMapping/Writer", path, text),
        }).Finish();
        byte[] left = File.ReadAllBytes(path);
        Finished reader = await (to switch
        {
            C => await native.Command("file_reader", path),
            Py => await Python.Command(FileMapping, "read", path),
            _ => Suite.Command("06-FileMapping/Reader", path),
        }).Finish();

        writer.ShouldSucceed().Output.ShouldBe($"process:{writer.Pid} send:{value}\n");
        left.ShouldBe(BitConverter.GetBytes(value));
        reader.ShouldSucceed().Output.ShouldBe($"process:{reader.Pid} receive:{value}\n");
    }

    public static TheoryData<string, string, string> Messages() =>
    [
        .. Directions.SelectMany(
            _ => (Long.Wanted ? (string[])["", RandomText.Next(9), RandomText.Next(10), RandomText.Next(5000)] : []).Append(RandomText.Next(7, "共享内存 👋🏽 ")),
            (d, message) => (d.From, d.To, message)),
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    [Trait("Statement", "K1")]
    public async Task A_message_and_its_post_go_from_one_language_to_another(string from, string to, string message)
    {
        Finished sender = await (await MessageSender(from, message)).Finish();
        byte[] left = File.ReadAllBytes(_shm.ObjectFile);
        Finished receiver = await (await MessageReceiver(to)).Finish();

        sender.ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        left.ShouldBe([.. bytes, .. new byte[Math.Max(10 - bytes.Length, 1)]]);
        receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
        _shm.ShouldBeGone();
    }

    public static TheoryData<string, string> AllDirections() => [.. Directions];

    [Theory]
    [MemberData(nameof(AllDirections))]
    [Trait("Statement", "K1")]
    public async Task A_receiver_already_waiting_is_woken_by_the_other_language(string from, string to)
    {
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(0);
        string message = RandomText.Next(20);
        await using var receiver = new Running(await MessageReceiver(to));
        await receiver.Says("等待");
        await Eventually.True(() => Outside.IsSleeping(receiver.Pid), "接收方睡着");

        (await (await MessageSender(from, message)).Finish()).ShouldSucceed();

        (await receiver.Finish()).ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(C)]
    [InlineData(Py)]
    public async Task A_message_nobody_took_is_replaced_by_the_other_language(string from)
    {
        (await Suite.Run("10-ShmSemaphore/Sender", _shm.Name, RandomText.Next(30))).ShouldSucceed();
        string message = RandomText.Next(12);

        (await (await MessageSender(from, message)).Finish()).ShouldSucceed();

        File.ReadAllText(_shm.ObjectFile).ShouldBe(message + '\0');
        _shm.TakePosts().ShouldBe(1);
    }

    [Fact]
    [Trait("Statement", "F4")]
    public async Task A_parent_in_C_hands_its_memory_to_our_child()
    {
        Command parent = await native.Command("memfd_parent", Suite.Executable("05-AnonymousMapping"), "child");

        (await parent.Finish()).ShouldSucceed().Output.ShouldBe("child:set memory 1\nparent:memory value 1\n");
    }

    [Fact]
    [Trait("Statement", "F4")]
    public async Task A_child_in_C_stores_into_memory_it_got_from_C_sharp()
    {
        string child = await native.Program("memfd_child");
        int value = Random.Shared.Next();

        StoredBy(child, value).ShouldBe(value);
    }

    public static TheoryData<string, string> AllPairs()
    {
        string[] languages = [CSharp, C, Py];
        return [.. languages.SelectMany(_ => languages, (from, to) => (from, to))];
    }

    [Theory]
    [MemberData(nameof(AllPairs))]
    [Trait("Statement", "K1")]
    public async Task A_struct_has_the_same_bytes_in_every_language(string from, string to)
    {
        string place = RandomText.Next(5, "教室 🐧 ")[..^2];
        double celsius = (Random.Shared.NextDouble() - 0.5) * Math.Pow(10, Random.Shared.Next(-300, 300));

        Finished sender = await (await ReadingSender(from, place, celsius)).Finish();
        byte[] left = File.ReadAllBytes(_shm.ObjectFile);
        Finished receiver = await (await ReadingReceiver(to)).Finish();

        Reading sent = Reading.Parse(sender.ShouldSucceed().Output, $"process:{sender.Pid} send:");
        sent.ShouldBe(new Reading(sender.Pid, sent.Time, celsius, 1, place));
        sent.Time.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddDays(-1).ToUnixTimeMilliseconds() * 1_000_000);
        left.ShouldBe(sent.ToBytes());
        Reading.Parse(receiver.ShouldSucceed().Output, $"process:{receiver.Pid} recv:").ShouldBe(sent);
        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(CSharp)]
    [InlineData(C)]
    [InlineData(Py)]
    public async Task The_extremes_of_each_field_are_read_without_touching_its_neighbours(string to)
    {
        // 地点占满 16 字节，没有 NUL；后面紧跟着的 valid 不是 0，越界去找 NUL 就会读到它。
        foreach (var reading in new[]
        {
            new Reading(int.MinValue, long.MaxValue, double.Epsilon, 255, RandomText.Next(16)),
            new Reading(int.MaxValue, long.MinValue, -double.MaxValue, 65, ""),
            new Reading(-1, 1, -0.0, 0, "一二三四五"),
        })
        {
            File.WriteAllBytes(_shm.ObjectFile, [.. reading.ToBytes(), .. "more"u8]);
            _shm.CreateSemaphore(1);

            Finished receiver = await (await ReadingReceiver(to)).Finish();

            Reading.Parse(receiver.ShouldSucceed().Output, $"process:{receiver.Pid} recv:").ToBytes().ShouldBe(reading.ToBytes());
        }
    }

    [Theory]
    [InlineData(CSharp, 0)]
    [InlineData(CSharp, 47)]
    [InlineData(C, 47)]
    [InlineData(Py, 47)]
    public async Task An_object_smaller_than_the_struct_is_an_error(string to, int size)
    {
        File.WriteAllBytes(_shm.ObjectFile, new byte[size]);
        _shm.CreateSemaphore(1);

        Finished receiver = await (await ReadingReceiver(to)).Finish();

        receiver.ExitCode.ShouldBe(1);
        receiver.Output.ShouldBeEmpty();
        if (to == CSharp) receiver.Error.ShouldContain($"只有 {size} 字节");
    }

    [Fact]
    public async Task Pythons_resource_tracker_removes_an_object_it_only_opened()
    {
        string message = RandomText.Next(12, "跟踪 ");
        (await Suite.Run("10-ShmSemaphore/Sender", _shm.Name, message)).ShouldSucceed();

        // 跟踪进程也握着标准输出，所以等到输出的结尾，它也做完了。
        Finished python = await (await Python.Command(Attach, _shm.Name)).Finish();

        python.ShouldSucceed().Output.ShouldBe($"python: {message}\n");
        python.Error.ShouldContain("There appear to be 1 leaked shared_memory objects");
        File.Exists(_shm.ObjectFile).ShouldBeFalse();
        (await Suite.Run("10-ShmSemaphore/Receiver", _shm.Name)).ShouldFailWith("shm_open(", "ENOENT");
    }

    [Fact]
    public async Task Told_not_to_track_python_reads_and_writes_and_leaves_the_name_alone()
    {
        string first = RandomText.Next(12, "第一 "), second = RandomText.Next(8, "第二 ");
        (await Suite.Run("10-ShmSemaphore/Sender", _shm.Name, first)).ShouldSucceed();

        Finished reads = await (await Python.Command(Attach, "--keep", _shm.Name)).Finish();
        Finished writes = await (await Python.Command(Attach, "--keep", _shm.Name, second)).Finish();

        reads.ShouldSucceed().Output.ShouldBe($"python: {first}\n");
        writes.ShouldSucceed().Output.ShouldBe($"python: {second}\n");
        (reads.Error + writes.Error).ShouldBeEmpty();
        (await Suite.Run("10-ShmSemaphore/Receiver", _shm.Name)).ShouldSucceed().Output.ShouldEndWith($" recv:{second}\n");
    }

    [Fact]
    [Trait("Statement", "H1")]
    public async Task Without_arguments_it_shows_the_layout_and_exchanges_with_python()
    {
        string python = Path.GetDirectoryName(await Python.Executable())!;

        Finished run = await Suite.Command(Project).WithEnvironmentVariables(e => e.Set("PATH", $"{python}:{Environment.GetEnvironmentVariable("PATH")}")).Finish();

        run.ShouldObserveAsExpected().Lines.Length.ShouldBe(4);
        run.Holds("H1", "占 48 字节");
        string[] exchanged = [run.Holds("K1", "C# 写，C# 读"), run.Holds("K1", "C# 写，Python 读"), run.Holds("K1", "Python 写，C# 读")];
        exchanged.ShouldBeUnique();
        exchanged.ShouldAllBe(seen => Regex.IsMatch(seen, "读：number=[0-9]+ time=[0-9]{19} celsius=[0-9.]+ valid=1 place=实验室$"));
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_python3_it_says_so_and_exchanges_with_C_sharp_alone()
    {
        Finished run = await Suite.Command(Project).WithEnvironmentVariables(e => e.Set("PATH", _temp.Folder).Set("DOTNET_ROOT", DotnetRoot)).Finish();

        run.ShouldObserveAsExpected().Lines.Length.ShouldBe(3);
        run.Holds("K1", "C# 写，C# 读");
        run.Reported("K1", "没有与 Python 交换");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_python_that_reads_something_else_is_a_contradiction()
    {
        FakePython("echo \"process:1 recv:number=1 time=2 celsius=3 valid=1 place=实验室\"");

        Finished run = await WithFakePython().Finish();

        run.ShouldContradict("K1", "C# 写，Python 读").ShouldEndWith("，看到 number=1 time=2 celsius=3 valid=1 place=实验室");
    }

    [Fact]
    public async Task A_python_that_fails_is_a_contradiction_too_and_says_why_itself()
    {
        FakePython("echo broken >&2; exit 1");

        Finished run = await WithFakePython().Finish();

        run.ShouldContradict("K1", "C# 写，Python 读").ShouldEndWith("，看到 没有读到");
        run.Error.ShouldContain("broken");
    }

    [Theory]
    [InlineData(SIGTERM)]
    [InlineData(SIGINT)]
    public async Task Ended_half_way_it_ends_its_other_process_and_leaves_no_name_even_where_SIGCHLD_is_ignored(Signal signal)
    {
        FakePython("exec sleep 1000");
        await using Arena arena = await Arena.Open();
        Assert.SkipUnless(arena.IsPrivate, "这里不能建挂载命名空间，/dev/shm 里的名字分不清是谁的");
        Command command = arena.Command("/bin/sh", "-c", "PATH=$2:$PATH; trap '' CHLD; exec \"$1\"", "sh", Suite.Executable(Project), _temp.Folder);
        await using var run = new Running(command);
        await Eventually.True(() => arena.Left().Length == 2 && run.Children is [var child] && Outside.CommandLine(child).StartsWith("sleep", StringComparison.Ordinal), "停在 Python 的一方");
        int child = run.Children.Single();

        run.Send(signal);

        (await run.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        Outside.IsRunning(child).ShouldBeFalse();
        arena.Left().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(CSharp)]
    [InlineData(C)]
    [InlineData(Py)]
    public async Task A_sender_that_fails_takes_back_the_object_it_created_and_leaves_a_semaphore_that_was_there(string from)
    {
        _shm.CreateSemaphore(0);
        foreach (Command sender in (Command[])[await ReadingSender(from, "满", 1), await MessageSender(from, "满")])
        {
            // 打印不出来：/dev/full 总是 ENOSPC。
            Finished run = await Suite.External("/bin/sh", "-c", $"exec \"$1\" {sender.Arguments} > /dev/full", "sh", sender.TargetFilePath).Finish();

            run.ExitCode.ShouldNotBe(0);
            run.Error.ShouldContain("No space left on device");
            File.Exists(_shm.ObjectFile).ShouldBeFalse();
            _shm.TakePosts().ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_waiting_receiver_says_so_and_gets_the_struct_that_comes_later()
    {
        File.WriteAllBytes(_shm.ObjectFile, []);
        _shm.CreateSemaphore(0);
        await using var receiver = new Running(Suite.Command(Project, "receive", _shm.Name));
        await receiver.Says($"等待发送方在信号量 {_shm.Name}_sem 上 sem_post");

        Finished sender = (await Suite.Run(Project, "send", _shm.Name, "走廊", "-3.5")).ShouldSucceed();

        (await receiver.Finish()).ShouldSucceed().Output.Split(" recv:")[1].ShouldBe(sender.Output.Split(" send:")[1]);
        _shm.ShouldBeGone();
    }

    [Fact]
    public async Task What_it_sends_is_for_its_owner_alone_and_posted_once()
    {
        File.WriteAllBytes(_shm.ObjectFile, [.. Enumerable.Repeat((byte)0xFF, 5000)]);
        _shm.CreateSemaphore(3);
        (await Suite.Run(Project, "send", _shm.Name, "")).ShouldSucceed();
        new FileInfo(_shm.ObjectFile).Length.ShouldBe(48);
        _shm.TakePosts().ShouldBe(1);
        _shm.Dispose();

        (await Suite.Run(Project, "send", _shm.Name)).ShouldSucceed();

        File.GetUnixFileMode(_shm.ObjectFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(_shm.SemaphoreFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task The_receiver_first_says_run_send_and_creates_nothing()
    {
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith($"shm_open(\"{_shm.Name}\", O_RDONLY | O_NONBLOCK, 0)", "ENOENT", "先运行 send");
        _shm.ShouldBeGone();

        File.WriteAllBytes(_shm.ObjectFile, new byte[48]);
        (await Suite.Run(Project, "receive", _shm.Name)).ShouldFailWith($"sem_open(\"{_shm.Name}_sem\", 0)", "ENOENT", "先运行 send");
        File.Exists(_shm.SemaphoreFile).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a/b")]
    public async Task A_name_with_an_inner_slash_or_none_at_all_is_EINVAL(string name)
    {
        (await Suite.Run(Project, "send", name)).ShouldFailWith($"shm_open(\"{name}\", ", "EINVAL", "除开头外不能有斜杠");
        (await Suite.Run(Project, "receive", name)).ShouldFailWith($"shm_open(\"{name}\", ", "EINVAL", "除开头外不能有斜杠");
    }

    [Theory]
    [InlineData(248)]
    [InlineData(255)]
    public async Task A_name_too_long_for_the_semaphore_leaves_no_object_behind(int length)
    {
        (await Suite.Run(Project, "send", _shm.Name.PadRight(length + 1, 'x'))).ShouldFailWith("sem_open(", "至多 251 字节");

        _shm.ShouldBeGone();
    }

    [Theory]
    [InlineData(CSharp)]
    [InlineData(C)]
    [InlineData(Py)]
    [Trait("Statement", "X9")]
    public async Task A_full_dev_shm_is_an_error_without_SIGBUS_and_leaves_neither_name(string from)
    {
        // 一页的 tmpfs：信号量占了它，结构放不下。
        Command sender = await ReadingSender(from, "满", 1);
        Command full = await Elsewhere.WithOwnShm("4k", $"\"$1\" {sender.Arguments}; code=$?; ls -A /dev/shm; exit $code", sender.TargetFilePath);

        Finished run = await full.Finish();

        run.ExitCode.ShouldBe(1, run.Error);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain("No space left on device");
    }

    /// <summary>dotnet 所在的目录：PATH 里没有它的时候，可执行文件靠 DOTNET_ROOT 找到运行时。</summary>
    private static string DotnetRoot => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    private async Task<Command> MessageSender(string language, string message) => language switch
    {
        C => await native.Command("shm_sender", _shm.Name, message),
        Py => await Python.Command(ShmSemaphore, "send", _shm.Name, message),
        _ => Suite.Command("10-ShmSemaphore/Sender", _shm.Name, message),
    };

    private async Task<Command> MessageReceiver(string language) => language switch
    {
        C => await native.Command("shm_receiver", _shm.Name),
        Py => await Python.Command(ShmSemaphore, "receive", _shm.Name),
        _ => Suite.Command("10-ShmSemaphore/Receiver", _shm.Name),
    };

    private async Task<Command> ReadingSender(string language, string place, double celsius)
    {
        string[] args = [_shm.Name, place, celsius.ToString("R", CultureInfo.InvariantCulture)];
        return language switch
        {
            C => await native.Command("reading_sender", args),
            Py => await Python.Command(ReadingPy, ["send", .. args]),
            _ => Suite.Command(Project, ["send", .. args]),
        };
    }

    private async Task<Command> ReadingReceiver(string language) => language switch
    {
        C => await native.Command("reading_receiver", _shm.Name),
        Py => await Python.Command(ReadingPy, "receive", _shm.Name),
        _ => Suite.Command(Project, "receive", _shm.Name),
    };

    private void FakePython(string otherwise)
    {
        string python = _temp["python3"];
        File.WriteAllText(python, $"#!/bin/sh\ncase $1 in --version) echo Python 3.99.0; exit;; esac\n{otherwise}\n");
        File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Command WithFakePython() =>
        Suite.Command(Project).WithEnvironmentVariables(e => e.Set("PATH", $"{_temp.Folder}:{Environment.GetEnvironmentVariable("PATH")}"));

    /// <summary>C# 的一方做父进程：把 memfd 放在子进程的 3 号描述符，等它结束，读出它存的值。</summary>
    private static unsafe int StoredBy(string program, int value)
    {
        int fd = memfd_create("anonymous", MFD_CLOEXEC), devNull = open("/dev/null", O_WRONLY | O_CLOEXEC);
        ftruncate(fd, sizeof(int)).ShouldBe(0);
        int* memory = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        (memory == MAP_FAILED).ShouldBeFalse();

        // 子进程里先换到高处再放回 3 号：fd 恰好是 3 时，dup2 不会去掉执行时关闭。
        byte*[] argv = [(byte*)Marshal.StringToCoTaskMemUTF8(program), (byte*)Marshal.StringToCoTaskMemUTF8($"{value}"), null];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions).ShouldBe((Errno)0);
        posix_spawn_file_actions_adddup2(&actions, fd, 100).ShouldBe((Errno)0);
        posix_spawn_file_actions_adddup2(&actions, 100, 3).ShouldBe((Errno)0);
        posix_spawn_file_actions_adddup2(&actions, devNull, 1).ShouldBe((Errno)0);
        posix_spawn_file_actions_addclosefrom_np(&actions, 4).ShouldBe((Errno)0);
        byte* end = null;
        int pid, status;
        fixed (byte** arguments = argv) posix_spawn(out pid, program, &actions, null, arguments, &end).ShouldBe((Errno)0);
        waitpid(pid, out status, 0).ShouldBe(pid);
        int stored = *memory;

        posix_spawn_file_actions_destroy(&actions);
        Marshal.FreeCoTaskMem((nint)argv[0]);
        Marshal.FreeCoTaskMem((nint)argv[1]);
        munmap(memory, sizeof(int));
        close(fd);
        close(devNull);
        status.ShouldBe(0);
        return stored;
    }

    /// <summary>测试自己的一份：布局在这里另写一遍，不用示例的结构。</summary>
    private sealed partial record Reading(int Number, long Time, double Celsius, byte Valid, string Place)
    {
        public static Reading Parse(string output, string prefix)
        {
            output.ShouldStartWith(prefix);
            Match match = Line().Match(output[prefix.Length..]);
            match.Success.ShouldBeTrue(output);
            CultureInfo invariant = CultureInfo.InvariantCulture;
            return new Reading(
                int.Parse(match.Groups[1].Value, invariant),
                long.Parse(match.Groups[2].Value, invariant),
                double.Parse(match.Groups[3].Value, invariant),
                byte.Parse(match.Groups[4].Value, invariant),
                match.Groups[5].Value);
        }

        public byte[] ToBytes()
        {
            byte[] bytes = new byte[48];
            BitConverter.TryWriteBytes(bytes.AsSpan(0), Number).ShouldBeTrue();
            BitConverter.TryWriteBytes(bytes.AsSpan(8), Time).ShouldBeTrue();
            BitConverter.TryWriteBytes(bytes.AsSpan(16), Celsius).ShouldBeTrue();
            Encoding.UTF8.GetBytes(Place).CopyTo(bytes, 24);
            bytes[40] = Valid;
            return bytes;
        }

        [GeneratedRegex("^number=(\\S+) time=(\\S+) celsius=(\\S+) valid=(\\S+) place=(.*)\n$")]
        private static partial Regex Line();
    }
}
