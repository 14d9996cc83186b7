// 早到一步的接收方：先问大小还是先等信号量。对应文章「代码简单测试实例」里接收方的次序。
//
//     dotnet run --project examples/12-AttachRace
//
// shm_open 之后、ftruncate 之前，对象已经能打开，大小却是 0。这段时间很短，手工先后启动很难碰上，反复重试的接收方却常常碰上；
// 这里让创建方停在中间等管道，于是次次碰上。两个接收方都在此时打开对象，只差先 fstat 还是先 sem_wait。
using System.Text;
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private static int Main(string[] args) => args switch
    {
        [] => Creator(),
        ["fstat-first", string name] => Receivers.FstatFirst(name),
        ["wait-first", string name] => Receivers.WaitFirst(name),
        _ => Receivers.Usage(),
    };

    private static int Creator()
    {
        string name = $"/AttachRace-{getpid()}", semName = name + "_sem";
        int fd = -1;
        using var cleanup = new Cleanup(() => { if (fd == -1) return; shm_unlink(name); sem_unlink(semName); });
        fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        sem_t* sem = sem_open(semName, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
        if (sem == SEM_FAILED) return Fail(errno, $"sem_open(\"{semName}\", O_CREAT | O_EXCL, 0600, 0)");

        int* fromFirst = stackalloc int[2], fromSecond = stackalloc int[2];
        if (pipe2(fromFirst, O_CLOEXEC) == -1 || pipe2(fromSecond, O_CLOEXEC) == -1) return Fail(errno, "pipe2(pipefd, O_CLOEXEC)");
        int first = Child.Start(["fstat-first", name], (fromFirst[1], Receivers.ReportFd));
        Errno error = spawn_self(out int second, ["wait-first", name], (fromSecond[1], Receivers.ReportFd));
        if (error != 0) return Fail(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"wait-first\")");
        close(fromFirst[1]);
        close(fromSecond[1]);

        // 停在这里：第一个报来它问到的大小和 mmap 的结果，第二个报来一个字节说「打开了」，才往下走。
        (long Size, Errno Error) early;
        byte opened;
        if (read(fromFirst[0], &early, (nuint)sizeof((long, Errno))) <= 0 || read(fromSecond[0], &opened, 1) <= 0)
        {
            Console.Error.WriteLine("read(pipefd[0]): 接收方没有报到就结束了。再运行一次；仍然如此就看它上面报的错。");
            return 1;
        }

        Observe("X5", "创建方停在 shm_open 与 ftruncate 之间，接收方按文章的次序先 fstat，问到的大小", 0, early.Size);
        Observe("X5", "这个接收方按问到的大小 mmap，得到的错误", "EINVAL", strerrorname_np(early.Error));

        // 往下走：定大小，写消息。消息此刻才生成，接收方只能从共享内存里得到它。
        byte[] message = Encoding.ASCII.GetBytes($"{Random.Shared.NextInt64():X16}");
        if (ftruncate(fd, message.Length) == -1) return Fail(errno, $"ftruncate({fd}, {message.Length})");
        error = posix_fallocate(fd, 0, message.Length);
        if (error != 0) return Fail(error, $"posix_fallocate({fd}, 0, {message.Length})");
        void* memPtr = mmap(null, (nuint)message.Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {message.Length}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        message.CopyTo(new Span<byte>(memPtr, message.Length));

        // 每个接收方一次。
        if (sem_post(sem) == -1 || sem_post(sem) == -1) return Fail(errno, $"sem_post(\"{semName}\")");
        Observe("X5", "这个接收方和文章一样不检查 MAP_FAILED，等到信号量就去读，结局", "SIGSEGV", Child.Wait(first));

        byte* received = stackalloc byte[64];
        nint count = read(fromSecond[0], received, 64);
        string text = Encoding.ASCII.GetString(received, (int)Math.Max(count, 0));
        Observe("X5", "另一个接收方也在那时打开，但先 sem_wait，再 fstat 和 mmap，读到的随机消息", Encoding.ASCII.GetString(message), text);
        Observe("X5", "先 sem_wait 的这个接收方，结局", "退出码 0", Child.Wait(second));
        munmap(memPtr, (nuint)message.Length);
        sem_close(sem);
        close(fd);
        return ExitCode;
    }
}
