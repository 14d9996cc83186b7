#:project ../../examples/Posix
using System.Text;
using static Posix.Libc;

return args switch
{
    ["send", var name, var text] => Send(name, text),
    ["receive", var name] => Receive(name),
    _ => errx(2, "用法：20-mailbox.cs send 名字 文字 | receive 名字"),
};

static unsafe int Send(string name, string text)
{
    string path = "/dev/shm" + name, own = $"{path}-{getpid()}";
    File.WriteAllText(own, text);
    Must(Native.link(own, path), path, (EEXIST, "上一条还没有人取走。"));
    unlink(own);
    return 0;
}

static unsafe int Receive(string name)
{
    string path = "/dev/shm" + name, own = $"{path}-{getpid()}";
    Must(Native.rename(path, own), path, (ENOENT, "没有可取的。"));
    AppDomain.CurrentDomain.ProcessExit += (_, _) => unlink(own);
    Console.WriteLine($"收到：{File.ReadAllText(own)}");
    return 0;
}

internal static unsafe class Native
{
    [System.Runtime.InteropServices.DllImport("libc", SetLastError = true)] internal static extern int link(string from, string to);
    [System.Runtime.InteropServices.DllImport("libc", SetLastError = true)] internal static extern int rename(string from, string to);
}
