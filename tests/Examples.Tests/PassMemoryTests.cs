using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>21 没有名字的内存，交给不相干的进程。</summary>
public sealed class PassMemoryTests : IDisposable
{
    private const string Project = "21-PassMemory";
    private const Seals Whole = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

    private readonly TempFolder _temp = new();

    private string Socket => _temp["socket"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    [Trait("Statement", "P1")]
    [Trait("Statement", "P2")]
    [Trait("Statement", "P3")]
    [Trait("Statement", "P4")]
    [Trait("Statement", "P5")]
    public async Task A_seal_keeps_SIGBUS_away_and_the_memory_is_the_same()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        foreach (Finished run in runs)
        {
            run.ShouldObserveAsExpected();
            run.Holds("P1").ShouldEndWith("/memfd:letter (deleted)");
            run.Holds("P2", "没有封条", "截成 0 字节").ShouldEndWith("死于 SIGBUS");
            run.Holds("P3", "对方校验之后不映射").ShouldEndWith("退出码 1");
            run.Holds("P4", "F_SEAL_WRITE 得到 EBUSY");
            long[] numbers = Observation.Numbers(run.Holds("P5", "截成 0 字节得到 EPERM"));
            numbers[^1].ShouldBe(numbers[^2]);
            run.Error.ShouldBeEmpty();
        }

        runs[0].Holds("P5").ShouldNotBe(runs[1].Holds("P5"));
    }

    [Fact]
    [Trait("Statement", "P5")]
    public async Task In_two_terminals_any_message_arrives_and_the_socket_is_gone()
    {
        foreach (string message in (string[])["", RandomText.Next(12), RandomText.Next(4000, "共享内存 👋🏽 ")])
        {
            await using var sender = new Running(Suite.Command(Project, "send", Socket, message));
            await sender.Says($"等待 receive 连到 {Socket}");

            Finished receiver = await Suite.Run(Project, "receive", Socket);

            receiver.ShouldSucceed().Output.ShouldBe($"process:{receiver.Pid} recv:{message}\n");
            (await sender.Finish()).ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
            File.Exists(Socket).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Without_a_sender_or_where_the_path_is_taken_it_says_what_to_do()
    {
        (await Suite.Run(Project, "receive", Socket)).ShouldFailWith("connect(", "ENOENT", "先在另一个终端运行 send。");

        File.WriteAllText(Socket, "mine");
        (await Suite.Run(Project, "send", Socket, "x")).ShouldFailWith("bind(", "EADDRINUSE", "换一个路径");
        File.ReadAllText(Socket).ShouldBe("mine");

        (await Suite.Run(Project, "receive", Path.Combine(_temp.Folder, new string('x', 200)))).ShouldFailWith("connect(", "ENAMETOOLONG");
    }

    [Fact]
    public async Task Control_characters_do_not_reach_the_terminal_and_too_long_a_message_is_refused()
    {
        string word = RandomText.Next(12);
        await using var sender = new Running(Suite.Command(Project, "send", Socket, $"\e[2J{word}\nprocess:1 send:faked"));
        await sender.Says($"等待 receive 连到 {Socket}");

        (await Suite.Run(Project, "receive", Socket)).ShouldSucceed().Lines.ShouldHaveSingleItem().ShouldEndWith($" recv:\uFFFD[2J{word}\uFFFDprocess:1 send:faked");

        (await Suite.Run(Project, "send", Socket, new string('x', 5000))).ShouldBeWrongUsage().Error.ShouldContain("至多 4095 字节，这一条有 5000 字节");
    }

    [Fact]
    public async Task A_sender_that_is_ended_while_it_waits_takes_its_socket_along()
    {
        await using var sender = new Running(Suite.Command(Project, "send", Socket, "x"));
        await sender.Says("等待 receive");

        sender.Send(SIGINT);

        (await sender.Finish()).ExitCode.ShouldBe(128 + (int)SIGINT);
        File.Exists(Socket).ShouldBeFalse();
    }

    public static TheoryData<string, string> Bad() => new()
    {
        { "没有封条", "没有封住 SHRINK" }, { "只封了 GROW", "没有封住 SHRINK" }, { "空的", "交来的有 0 字节" }, { "太大", "交来的有 4097 字节" },
        { "交出就不说话了", "还没有写入就结束了" }, { "文件", "不是 memfd" }, { "管道", "不是 memfd" }, { "没有描述符", "EBADMSG" }, { "什么也不发", "EBADMSG" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    [Trait("Statement", "P3")]
    public async Task A_receiver_that_trusts_nobody_maps_none_of_these(string what, string says)
    {
        int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bind(listener, Socket).ShouldBe(0);
        listen(listener, 1).ShouldBe(0);
        Task<Finished> receiver = Suite.Run(Project, "receive", Socket);

        await Task.Run(() => Give(listener, what), TestContext.Current.CancellationToken);

        Finished run = await receiver;
        run.ExitCode.ShouldBe(1);
        run.Complaints.Length.ShouldBe(2, run.Error);
        run.Complaints[0].ShouldStartWith("等待 send 交出描述符");
        run.Complaints[1].ShouldContain(says);
        close(listener).ShouldBe(0);
    }

    [Fact]
    public async Task A_receiver_that_answers_byte_by_byte_is_heard_to_the_end()
    {
        string message = RandomText.Next(30);
        await using var sender = new Running(Suite.Command(Project, "send", Socket, message));
        await sender.Says("等待 receive");

        await Task.Run(() => AnswerByteByByte(Socket, message.Length + 1), TestContext.Current.CancellationToken);

        (await sender.Finish()).ShouldSucceed().Output.ShouldBe($"process:{sender.Pid} send:{message}\n");
    }

    private static unsafe void AnswerByteByByte(string path, int length)
    {
        int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        connect(peer, path).ShouldBe(0);
        int fd = recv_fd(peer);
        fd.ShouldBeGreaterThanOrEqualTo(0);
        byte one;
        write(peer, &one, 1).ShouldBe(1);
        read(peer, &one, 1).ShouldBe(1);
        for (int i = 0; i < length; i++)
        {
            pread(fd, &one, 1, i).ShouldBe(1);
            write(peer, &one, 1).ShouldBe(1);
        }

        close(fd).ShouldBe(0);
        close(peer).ShouldBe(0);
    }

    [Fact]
    [Trait("Statement", "P4")]
    public unsafe void What_is_sealed_stays_sealed()
    {
        int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        ftruncate(fd, 10).ShouldBe(0);
        fcntl(fd, F_ADD_SEALS, Whole).ShouldBe(0);

        ErrnoOf(ftruncate(fd, 9)).ShouldBe(EPERM);
        ErrnoOf(ftruncate(fd, 11)).ShouldBe(EPERM);
        ErrnoOf(mmap(null, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0).ShouldBe(EPERM);
        byte one = 1;
        ErrnoOf((int)pwrite(fd, &one, 1, 0)).ShouldBe(EPERM);
        ErrnoOf(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)).ShouldBe(EPERM);
        ((Seals)fcntl(fd, F_GET_SEALS)).ShouldBe(Whole);
        close(fd).ShouldBe(0);
    }

    [Fact]
    public unsafe void Of_two_descriptors_in_one_message_the_second_is_closed_by_the_kernel()
    {
        int* pair = stackalloc int[2];
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair).ShouldBe(0);
        string name = RandomText.Next(12);
        int fd = memfd_create(name, MFD_CLOEXEC);
        byte zero = 0;
        iovec_t bytes = new() { iov_base = &zero, iov_len = 1 };
        cmsghdr_t* control = stackalloc cmsghdr_t[2];
        *control = new() { cmsg_len = CMSG_LEN(2 * sizeof(int)), cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
        new Span<int>(CMSG_DATA(control), 2).Fill(fd);
        msghdr_t message = new() { msg_iov = &bytes, msg_iovlen = 1, msg_control = control, msg_controllen = CMSG_SPACE(2 * sizeof(int)) };
        sendmsg(pair[0], &message, MSG_NOSIGNAL).ShouldBe(1);

        int got = recv_fd(pair[1]);

        got.ShouldBeGreaterThanOrEqualTo(0);
        Directory.GetFiles("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget?.Contains(name) == true).ShouldBe(2);
        foreach (int one in (int[])[got, fd, pair[0], pair[1]]) close(one).ShouldBe(0);
    }

    // 断言库内部也会调用系统，errno 要在断言之前取。
    private static Errno? ErrnoOf(int result) => result == -1 ? errno : null;

    private static unsafe void Give(int listener, string what)
    {
        int peer = accept4(listener, null, null, SOCK_CLOEXEC);
        int* pipe = stackalloc int[2];
        int fd = what switch
        {
            "文件" => open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
            "管道" => pipe2(pipe, O_CLOEXEC) == 0 ? pipe[0] : -1,
            _ => memfd_create("bad", MFD_CLOEXEC | MFD_ALLOW_SEALING),
        };
        if (what is not ("文件" or "管道"))
        {
            ftruncate(fd, what switch { "空的" => 0, "太大" => 4097, _ => 10 }).ShouldBe(0);
            fcntl(fd, F_ADD_SEALS, what switch { "没有封条" => 0, "只封了 GROW" => F_SEAL_GROW, _ => Whole }).ShouldBe(0);
        }

        byte zero = 0;
        if (what == "没有描述符") write(peer, &zero, 1).ShouldBe(1);
        else if (what != "什么也不发") send_fd(peer, fd).ShouldBe(0);
        close(fd).ShouldBe(0);
        if (what == "管道") close(pipe[1]).ShouldBe(0);

        // 它映射了就会写一个字节来；不该写。
        if (what == "交出就不说话了") read(peer, &zero, 1).ShouldBe(1);
        else if (what != "什么也不发") read(peer, &zero, 1).ShouldBe(0);
        close(peer).ShouldBe(0);
    }
}
