// 映射代替 read/write，映射之后描述符可以关闭。对应文章「mmap系列函数简介」和「mmap 映射内存」的第一句。
//
//     dotnet run --project examples/02-Mmap/NoReadWrite
//
// 父进程把 1 MiB 随机数据交给子进程（Receiver.cs），子进程逐字节算校验和，经同一块内存答复。内核数着每个进程
// read、write 了多少次（IoCount.cs），这期间应当一次也没有。旁边是对照：同样多的数据经管道传（OverPipe.cs）。
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int Rounds = 5;

    private static int Main(string[] args)
    {
        if (args is not ([] or ["mapping"] or ["pipe"])) return Receiver.Usage();
        if (IoCount.Open() is var error and not 0)
        {
            Report("B1", "打开 /proc/self/io，数 read 和 write 的次数", $"{strerrorname_np(error)}，这个系统数不了");
            return 0;
        }

        if (args.Length > 0) return args[0] == "mapping" ? Receiver.Mapping() : Receiver.Pipe();

        // .NET 自己的线程偶尔也 read、write。每轮传的一样多，取最少的一轮。
        var rounds = new Round[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            if (OverMapping(out rounds[i]) != 0) return 1;
        }

        Observe("C8", "父进程 mmap 之后立即 close，再对这个描述符 fstat", "EBADF", strerrorname_np(rounds[^1].AfterClose));
        Observe("C8", "子进程 mmap 之后立即 close，再对这个描述符 fstat", "EBADF", strerrorname_np(rounds[^1].Answer.AfterClose));
        string sent = string.Join(' ', rounds.Select(r => $"{r.Sent:x8}"));
        string received = string.Join(' ', rounds.Select(r => $"{r.Answer.Received:x8}"));
        Observe("C8", $"close 之后父进程经映射存、子进程经映射读的 1 MiB 随机数据，{Rounds} 轮的校验和", sent, received);

        IoCount parent = rounds.Min(r => r.Count), child = rounds.Min(r => r.Answer.Count);
        string how = $"（{Rounds} 轮里最少的一轮；看一次计数器本身是 {IoCount.Cost}，已减去）";
        Observe("B1", $"1 MiB 经映射传，父进程的系统调用{how}", new IoCount(0, 0), parent);
        Observe("B1", $"1 MiB 经映射传，子进程的系统调用{how}", new IoCount(0, 0), child);
        return OverPipe.Run() == 0 ? ExitCode : 1;
    }

    private static int OverMapping(out Round round)
    {
        byte[] data = new byte[Receiver.Size];
        Random.Shared.NextBytes(data);
        round = new Round { Sent = Checksum.Of(data) };

        int fd = memfd_create("no-read-write", MFD_CLOEXEC);
        if (fd == -1) return Fail(errno, "memfd_create(\"no-read-write\", MFD_CLOEXEC)");
        if (ftruncate(fd, Receiver.Length) == -1) return Fail(errno, $"ftruncate({fd}, {Receiver.Length})");
        // 数据不从管道走：父进程关掉写的一端，子进程读到结尾，就知道数据齐了；父进程意外没了也一样，不会一直等。
        int* go = stackalloc int[2];
        if (pipe2(go, O_CLOEXEC) == -1) return Fail(errno, "pipe2(go, O_CLOEXEC)");
        Errno error = spawn_self(out int pid, ["mapping"], (fd, Receiver.DataFd), (go[0], Receiver.GoFd));
        if (error != 0) return Fail(error, "posix_spawn(\"mapping\")");
        close(go[0]);

        byte* memory = (byte*)mmap(null, Receiver.Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) return Fail(errno, $"mmap(null, {Receiver.Length}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        close(fd);
        round.AfterClose = fstat(fd, out _) == -1 ? errno : 0;

        // WNOWAIT：只等不取走。取走子进程时，内核把它一生的次数并进父进程的计数，所以数完再 waitpid。
        siginfo_t info;
        IoCount before = IoCount.Now();
        data.CopyTo(new Span<byte>(memory, data.Length));
        close(go[1]);
        if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == -1) return Fail(errno, $"waitid(P_PID, {pid}, &info, WEXITED | WNOWAIT)");
        round.Answer = *(Answer*)(memory + data.Length);
        round.Count = IoCount.Since(before);

        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, $"waitpid({pid})");
        munmap(memory, Receiver.Length);
        return Receiver.Check(pid, status);
    }
}
