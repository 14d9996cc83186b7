#:project ../../examples/Posix

// 捣乱：不停地启动会留下孤儿的子进程：孤儿不在它的名下。
using Posix;
using static Posix.Libc;

if (args is ["daemon"])
{
    setsid();
    Thread.Sleep(Timeout.Infinite);
}

if (args is ["middle"])
{
    spawn_self(out _, ["daemon"]);
    return 0;
}

while (true)
{
    if (spawn_self(out int pid, ["middle"]) == 0) waitpid(pid, out _, 0);
}
