#:project ../../examples/Posix

// 练习 09 · 接得太早
//
// 应当怎样：发送方设大小、写文字、post；接收方等到之后，读出同一段文字。谁先谁后，文字长短，都一样。
// 现在怎样：时好时坏（多运行几次）：接收方来得早，问到的大小是 0，mmap 得到 EINVAL；来得晚，就碰巧是对的。
// 看哪一章：tutorial/12-attach-race.md，示例 12-AttachRace 和 10-ShmSemaphore/Receiver。
//
// TODO：让接收方在任何时候来，都读到完整的文字。
//
//     dotnet run tutorial/my/09-attach-race.cs [名字 文字]
//
// 检查器也这样启动它，还会单独启动 receiver 或 sender，自己扮演另一方；
// 参数、角色名、打印的值、对象和信号量的名字、文字在对象里的写法不要改，其余随便改。
using System.Text;
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-09", $"你好，{Random.Shared.Next(1000, 10000)}"),
    ["receiver", var name] => Receiver(name),
    ["sender", var name, var text] => Sender(name, text),
    [var name, var text] => Parent(name, text),
    _ => Usage(),
};

static unsafe int Parent(string name, string text)
{
    // 两个名字由父进程造，也由它删。对象多大只有发送方知道，由发送方 ftruncate。
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd == -1) return Fail(errno, $"shm_open(\"{name}\")");
    close(fd);
    try
    {
        sem_t* sem = sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
        if (sem == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_sem\")");
        sem_close(sem);

        Errno error = spawn_self(out int receiver, ["receiver", name]);
        if (error != 0) return Fail(error, "posix_spawn");
        error = spawn_self(out int sender, ["sender", name, text]);
        bool sent = error == 0 && waitpid(sender, out int status, 0) == sender && status == 0;

        // 没有发成，就不会有人 post，接收方不能一直等下去。
        if (!sent) kill(receiver, SIGTERM);
        bool received = waitpid(receiver, out status, 0) == receiver && status == 0;
        return sent && received ? 0 : 1;
    }
    finally
    {
        sem_unlink(name + "_sem");
        shm_unlink(name);
    }
}

static unsafe int Sender(string name, string text)
{
    byte[] message = Encoding.UTF8.GetBytes(text);
    int fd = shm_open(name, O_RDWR, 0);
    if (fd == -1) return Fail(errno, $"发送方 shm_open(\"{name}\")");
    sem_t* sem = sem_open(name + "_sem", 0);
    if (sem == SEM_FAILED) return Fail(errno, $"发送方 sem_open(\"{name}_sem\")");

    if (ftruncate(fd, message.Length) == -1) return Fail(errno, "ftruncate");
    void* memory = mmap(null, (nuint)message.Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, "发送方 mmap");
    message.CopyTo(new Span<byte>(memory, message.Length));

    if (sem_post(sem) == -1) return Fail(errno, "sem_post");
    munmap(memory, (nuint)message.Length);
    sem_close(sem);
    close(fd);
    return 0;
}

static unsafe int Receiver(string name)
{
    int fd = shm_open(name, O_RDONLY, 0);
    if (fd == -1) return Fail(errno, $"接收方 shm_open(\"{name}\")");
    sem_t* sem = sem_open(name + "_sem", 0);
    if (sem == SEM_FAILED) return Fail(errno, $"接收方 sem_open(\"{name}_sem\")");

    if (fstat(fd, out stat_t st) == -1) return Fail(errno, "fstat");
    void* memory = mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return Fail(errno, $"接收方 mmap(null, {st.st_size}, …)");

    if (sem_wait(sem) == -1) return Fail(errno, "sem_wait");
    Console.WriteLine($"接收方：读到 {Encoding.UTF8.GetString(new ReadOnlySpan<byte>(memory, (int)st.st_size))}");

    munmap(memory, (nuint)st.st_size);
    sem_close(sem);
    close(fd);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：09-attach-race.cs [名字 文字]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
