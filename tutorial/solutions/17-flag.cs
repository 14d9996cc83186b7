#:project ../../examples/Posix

// 解答 17 · 内容与标志
// 先写内容，后写标志。Volatile.Write 之前的写入不会挪到它之后；Volatile.Read 之后的读取不会挪到它之前。
// x64 的 CPU 本来就不调换写入的次序，少了 Volatile 也常常是对的；arm64 会调换，编译器在哪里都会调换。
//     dotnet run tutorial/solutions/17-flag.cs [值]
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
    message->Content = value;
    Volatile.Write(ref message->Ready, 1);
    return 0;
}

static unsafe int Receiver()
{
    Message* message = (Message*)Must(mmap(null, 2 * sizeof(int), PROT_READ, MAP_SHARED, 3, 0));
    while (Volatile.Read(ref message->Ready) == 0) Thread.Yield();
    Console.WriteLine($"接收方：读到 {message->Content}");
    return 0;
}

internal struct Message
{
    public int Ready;
    public int Content;
}
