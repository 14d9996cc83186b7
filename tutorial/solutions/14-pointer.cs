#:project ../../examples/Posix

// 解答 14 · 对象里的指针
// 地址只在一个进程里有意义：同一块内存，各进程的映射在各处。对象里存相对开头的偏移，用的时候加上自己的映射的开头。
// 两边都用 MAP_FIXED 要求同一个地址也行得通，可是那里可能已经有别的映射：不可靠。
//     dotnet run tutorial/solutions/14-pointer.cs [值]
using static Posix.Libc;

return args switch
{
    [] => Parent(Random.Shared.Next(1000, 10000)),
    [var text] when int.TryParse(text, out int value) => Parent(value),
    ["child"] => Child(),
    _ => errx(2, "用法：14-pointer.cs [值]"),
};

static unsafe int Parent(int value)
{
    int fd = Must(memfd_create("exercise-14", MFD_CLOEXEC));
    Must(ftruncate(fd, 2 * sizeof(Node)));
    Node* first = (Node*)Must(mmap(null, 2 * (nuint)sizeof(Node), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Node* second = first + 1;
    second->Value = value;
    first->Next = (byte*)second - (byte*)first;

    Must(spawn_self(out int pid, ["child"], (fd, 3)));
    Must(waitpid(pid, out int status, 0));
    return status == 0 ? 0 : 1;
}

static unsafe int Child()
{
    Node* first = (Node*)Must(mmap(null, 2 * (nuint)sizeof(Node), PROT_READ, MAP_SHARED, 3, 0));
    Node* second = (Node*)((byte*)first + first->Next);
    Console.WriteLine($"子进程：第二个节点是 {second->Value}");
    return 0;
}

internal struct Node
{
    public long Next;
    public int Value;
}
