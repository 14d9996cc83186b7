#:project ../../examples/Posix

// 对：FileMode.CreateNew 与 O_EXCL 一样；IOException 就是加入者。
using Posix;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-08"),
    [var name] => Parent(name),
    ["member", var name, var text] when int.TryParse(text, out int value) => Member(name, value),
    _ => Usage(),
};

static int Parent(string name)
{
    var members = new List<int>();
    int exitCode = 0;
    for (int i = 1; i <= 3; i++)
    {
        Errno error = spawn_self(out int pid, ["member", name, $"{i * 111}"]);
        if (error == 0) members.Add(pid);
        else exitCode = Fail(error, "posix_spawn");
    }

    foreach (int pid in members)
    {
        if (waitpid(pid, out int status, 0) == -1) exitCode = Fail(errno, "waitpid");
        else if (status != 0) exitCode = 1;
    }

    if (shm_unlink(name) == -1) exitCode = Fail(errno, $"shm_unlink(\"{name}\")");
    return exitCode;
}

static unsafe int Member(string name, int value)
{
    try
    {
        using var file = new FileStream("/dev/shm" + name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes(value));
    }
    catch (IOException)
    {
        Console.WriteLine("加入者");
        return 0;
    }

    Console.WriteLine($"创建者：存了 {value}");
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：08-excl.cs [名字]（名字形如 /abc）");
    return 2;
}

static int Fail(Errno error, string call)
{
    Console.Error.WriteLine($"{call}: {strerrorname_np(error)} ({strerror(error)})");
    return 1;
}
