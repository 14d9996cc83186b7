#:project ../../examples/Posix

// 留下一个脱离终端、永远睡着的子进程，自己正常结束。
using static Posix.Libc;

if (args is ["MARK"])
{
    setsid();
    Thread.Sleep(Timeout.Infinite);
}

spawn_self(out _, ["MARK"]);
Console.WriteLine(args[0]);
