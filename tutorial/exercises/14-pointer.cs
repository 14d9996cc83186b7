#:project ../../examples/Posix

// 练习 14 · 对象里的指针
// 应当怎样：父进程在共享内存里放一个链表，两个节点；子进程从头走到第二个，读出它的值。
// 现在怎样：节点里存的是父进程的地址；子进程的映射在别处，照着走就死了。
// 看哪一章：tutorial/02-mmap.md（映射的地址）、05-anonymous-mapping.md。
// TODO：让子进程的映射无论在哪里，都走得到第二个节点。
// 怎样判定：子进程打印的是内存里的值；对象里没有父进程的地址；检查器换掉 Next，就走不到第二个了。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/14-pointer.cs [值]
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
    first->Next = (long)second;

    Must(spawn_self(out int pid, ["child"], (fd, 3)));
    Must(waitpid(pid, out int status, 0));
    return status == 0 ? 0 : 1;
}

static unsafe int Child()
{
    Node* first = (Node*)Must(mmap(null, 2 * (nuint)sizeof(Node), PROT_READ, MAP_SHARED, 3, 0));
    Node* second = (Node*)first->Next;
    Console.WriteLine($"子进程：第二个节点是 {second->Value}");
    return 0;
}

internal struct Node
{
    public long Next;
    public int Value;
}
