#:project ../../../examples/Posix

// 先来的一个数着次数等：每问一遍，变的只是它自己的变量。
using static Posix.Libc;

return args switch
{
    ["asks"] => Ask(),
    ["writes", var value] => Write(int.Parse(value, null)),
    _ => Parent(args[0]),
};

static unsafe int Parent(string value)
{
    int fd = Must(memfd_create("polls", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(int)));
    return spawn_both(["asks"], ["writes", value], (fd, 3));
}

static unsafe int Ask()
{
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, 3, 0));
    int times = 0;
    while (Volatile.Read(ref *memory) == 0) times++;
    Console.WriteLine($"got {*memory}");
    return 0;
}

static unsafe int Write(int value)
{
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0));
    *memory = value;
    return 0;
}
