#:project ../../examples/Posix

// 解答 20 · 从空文件开始
// 先用自己的名字写好，再 link 成大家的名字：名字一出现，内容就是完整的；已经有了，link 得到 EEXIST。
// 接收方先改名（rename），改得成的才是收到的人：两个同时来，只有一个改得成。
// 这里用的是 /dev/shm 下的文件和 .NET 的调用；换成 shm_open、信号量、flock，一样可以。
//     dotnet run tutorial/solutions/20-mailbox.cs send 名字 文字 | receive 名字
using System.Runtime.InteropServices;
using static Posix.Libc;

return args switch
{
    ["send", var name, var text] => Send("/dev/shm" + name, text),
    ["receive", var name] => Receive("/dev/shm" + name),
    _ => errx(2, "用法：20-mailbox.cs send 名字 文字 | receive 名字（名字形如 /abc）"),
};

static int Send(string path, string text)
{
    string own = $"{path}-{getpid()}";
    AppDomain.CurrentDomain.ProcessExit += (_, _) => unlink(own);
    File.WriteAllText(own, text);
    Must(Native.link(own, path), path, (Posix.Libc.EEXIST, "上一条还没有人取走。"));
    return 0;
}

static int Receive(string path)
{
    string own = $"{path}-{getpid()}";
    Must(Native.rename(path, own), path, (Posix.Libc.ENOENT, "没有可取的。"));
    AppDomain.CurrentDomain.ProcessExit += (_, _) => unlink(own);
    Console.WriteLine($"收到：{File.ReadAllText(own)}");
    return 0;
}

internal static partial class Native
{
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rename(string from, string to);
}
