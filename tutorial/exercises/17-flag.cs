#:project ../../examples/Posix

// 练习 17 · 内容与标志
// 应当怎样：没有信号量。发送方写好内容，再写标志；接收方看到标志，再读内容。
// 现在怎样：多半碰巧是对的。可是标志写得太早，接收方恰好在两句之间来读，就读到 0：检查器让它每次都这样。
// 用 -c Release 运行，接收方有时还永远空转下去：编译器以为没有人会改标志。
// 看哪一章：tutorial/13-lost-updates.md（Volatile）、portability.md（arm64）。
// TODO：让接收方看到标志的时候，内容一定已经写好，编译器和 CPU 都不允许调换次序。
// 怎样判定：检查器让发送方停在每一步，接收方走到不能再走；反过来也一样。多久都等，值是 0 也一样。值原样放在对象里，是一个 int，哪里都行。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/17-flag.cs [值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["sender", var text] when int.TryParse(text, out int value) => Sender(value),
    ["receiver"] => Receiver(),
    _ => errx(2, "用法：17-flag.cs [值]"),
};

static int Parent(int value)
{
    int fd = Must(memfd_create("exercise-17", MFD_CLOEXEC));
    Must(ftruncate(fd, 2 * sizeof(int)));
    return spawn_both(["receiver"], ["sender", $"{value}"], (fd, 3));
}

static unsafe int Sender(int value)
{
    Message* message = (Message*)Must(mmap(null, 2 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));
    message->Ready = 1;
    message->Content = value;
    return 0;
}

static unsafe int Receiver()
{
    Message* message = (Message*)Must(mmap(null, 2 * sizeof(int), PROT_READ, MAP_SHARED, 3, 0));
    while (message->Ready == 0) { }
    Console.WriteLine($"接收方：读到 {message->Content}");
    return 0;
}

internal struct Message
{
    public int Ready;
    public int Content;
}
