#:project ../../examples/Posix

// 不停地启动自己，子进程也一样。
using static Posix.Libc;

while (true)
{
    spawn_self(out _, ["MARK"]);
}
