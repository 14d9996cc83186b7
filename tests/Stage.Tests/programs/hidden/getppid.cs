// 子进程看 getppid 决定还要不要写；父进程没有等它就结束。
#:project ../../../../examples/Posix

using static Posix.Libc;

return args switch { ["child", var parent] => Child(int.Parse(parent)), _ => Parent() };

static unsafe int Parent()
{
    Must(spawn_self(out int pid, ["child", $"{getpid()}"]));
    Console.WriteLine("父进程：不等了");
    return 0;
}

static unsafe int Child(int parent)
{
    if (getppid() != parent) errx(1, "子进程：父进程不在了");
    Console.WriteLine("子进程：写好了");
    return 0;
}
