#:project ../../examples/Posix

// 捣乱：子进程 setsid，自己睡着；父进程不等它，先结束。
using Posix;
using static Posix.Libc;

if (args is ["daemon"])
{
    setsid();
    Thread.Sleep(Timeout.Infinite);
}

return spawn_self(out _, ["daemon"]) == 0 ? 0 : 1;
