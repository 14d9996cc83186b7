#:project ../../examples/Posix

// 练习 09 · 打开过早
// 应当怎样：发送方写入文字、post；接收方等到之后，读出同一段文字。谁先谁后，文字长短（至少一个字），都一样。
// 现在怎样：时好时坏（多运行几次）：接收方来得早，问到的大小是 0，mmap 得到 EINVAL；来得晚，就碰巧是对的。
// 看哪一章：tutorial/12-attach-race.md，示例 12-AttachRace 和 10-ShmSemaphore/Receiver。
// TODO：让接收方在任何时候来，都读到完整的文字；发送方多久不来，就等多久。
// 怎样判定：检查器让发送方停在每一步，自己也写一半；接收方问到一半，让发送方走完。post 之前不读，读完之后信号量又是 0。对象和信号量的名字、文字的写法也不要改。
//     dotnet run tutorial/my/09-attach-race.cs [名字 文字]
using System.Text;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-09", $"你好，{Random.Shared.Next(1000, 10000)}"),
    ["receiver", var name] => Receiver(name),
    ["sender", var name, var text] => Sender(name, text),
    [var name, var text] => Parent(name, text),
    _ => errx(2, "用法：09-attach-race.cs [名字 文字]（名字形如 /abc）"),
};

static unsafe int Parent(string name, string text)
{
    // 两个名字由父进程创建，也由它删；多大只有发送方知道。
    Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    Must(sem_open(name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => sem_unlink(name + "_sem");
    return spawn_both(["receiver", name], ["sender", name, text]);
}

static unsafe int Sender(string name, string text)
{
    byte[] message = Encoding.UTF8.GetBytes(text);
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    Must(ftruncate(fd, message.Length));
    fixed (byte* from = message) if (Must(pwrite(fd, from, (nuint)message.Length, 0)) != message.Length) errx(1, "没有写完");
    return Must(sem_post(Must(sem_open(name + "_sem", 0), name)));
}

static unsafe int Receiver(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    var sem = Must(sem_open(name + "_sem", 0), name);
    Must(fstat(fd, out var st));
    void* memory = Must(mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0), st.st_size);
    Must(sem_wait(sem));
    Console.WriteLine($"接收方：读到 {Encoding.UTF8.GetString(new ReadOnlySpan<byte>(memory, (int)st.st_size))}");
    return 0;
}
