#:project ../../examples/Posix

// 解答 09 · 打开过早
// 对象创建出来到 ftruncate 之间，大小是 0；ftruncate 到写完之间，内容是 0。接收方在这两段里问大小、读内容，都是错的。
// 信号量说「写完了」，所以先 sem_wait，之后才问大小、映射、读。睡一会儿再问，只是把错变得少见。
//     dotnet run tutorial/solutions/09-attach-race.cs [名字 文字]
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
    // 等到之后，大小和内容才都定了。
    Must(sem_wait(sem));
    Must(fstat(fd, out var st));
    void* memory = Must(mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0), st.st_size);
    Console.WriteLine($"接收方：读到 {Encoding.UTF8.GetString(new ReadOnlySpan<byte>(memory, (int)st.st_size))}");
    return 0;
}
