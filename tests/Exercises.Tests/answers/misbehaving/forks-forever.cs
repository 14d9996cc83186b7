#:project ../../examples/Posix

// 捣乱：不停地启动子进程，子进程也一样。
using Posix;
using static Posix.Libc;

while (true)
{
    if (spawn_self(out _, ["again"]) != 0) Thread.Sleep(1);
}
