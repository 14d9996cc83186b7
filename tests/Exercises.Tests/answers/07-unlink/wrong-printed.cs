#:project ../../examples/Posix

// 错：不造对象，值写在子进程的参数里，子进程照着打印：当然什么也不留。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-07", Random.Shared.Next(1000, 10000)),
    [var name, var text] when name != "child" && int.TryParse(text, out int value) => Parent(name, value),
    ["child", var text] => Child(text),
    _ => Usage(),
};

static unsafe int Parent(string name, int value)
{
    Errno error = spawn_self(out int pid, ["child", $"{value}"]);
    if (error != 0) return Fail(error, "posix_spawn");
    if (waitpid(pid, out int status, 0) == -1) return Fail(errno, "waitpid");
    if (status != 0)
    {
        Console.Error.WriteLine("子进程没有正常结束");
        return 1;
    }

    Console.WriteLine("父进程：子进程已经读完");
    return 0;
}

static unsafe int Child(string text)
{
    Console.WriteLine($"子进程：读到 {text}");
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：07-unlink.cs [名字 值]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
