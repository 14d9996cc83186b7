using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using Microsoft.Win32.SafeHandles;
using static Examples.Observation;

namespace DotNetWay;

/// <summary>不带参数时做的事：命名对象怎样回答；再启动自己，收发一条消息，隔着一个结构问答一次。</summary>
internal static class SelfExchange
{
    /// <summary>父进程的一方。</summary>
    /// <param name="name">本进程独用的名字。</param>
    /// <returns>退出码。</returns>
    public static int Show(string name)
    {
        string semName = name + "_sem", file = "/dev/shm" + name, semFile = $"/dev/shm/sem.{semName[1..]}";
        using var cleanup = new Cleanup(() =>
        {
            SharedMemory.Unlink(name);
            PosixSemaphore.Unlink(semName);
        });

        NamedObjects.Show(name[1..], () => Run("mutex", name[1..]));

        string message = $"你好🙂{Random.Shared.Next():x}";
        Run("send", name, message);
        Observe("H1", $"send 写进 MemoryMappedFile 之后，按普通文件读 {file}", message, Encoding.UTF8.GetString(File.ReadAllBytes(file)).TrimEnd('\0'));
        Observe("X8", $"{file} 的权限（八进制），只给自己", "600", Convert.ToString((int)new FileInfo(file).UnixFileMode, 8));

        int before = new[] { file, semFile }.Count(File.Exists);
        string line = Run("receive", name);
        int after = new[] { file, semFile }.Count(File.Exists);
        Observe("K1", "receive 在另一个进程里等信号量，再读共享内存", $"recv:{message}", line[(line.IndexOf(' ') + 1)..]);
        Observe("X7", "receive 之前、之后，对象与信号量的名字在 /dev/shm 里各有几个", "2、0", $"{before}、{after}");

        // 结构视图：问题和答案都是共享内存里的字段，不经过序列化。
        using SafeFileHandle handle = SharedMemory.OpenOrCreate(name, out _);
        using PosixSemaphore asked = PosixSemaphore.OpenOrCreate(semName);
        SharedMemory.Allocate(handle, Marshal.SizeOf<Question>());
        using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
        ref Question question = ref memory.As<Question>();
        question.Number = Random.Shared.NextInt64(1, 1L << 50);
        asked.Release();
        Run("answer", name);
        Observe("K1", $"结构视图：本进程存下 Number = {question.Number}，另一个进程把平方根存进 Root", Math.Sqrt(question.Number), question.Root);
        return ExitCode;
    }

    /// <summary>子进程是本程序启动的：名字里有父进程的编号。手工运行不算，不能去取别人的 post。</summary>
    /// <param name="name">子进程收到的名字。</param>
    public static bool Started(string name) => name.EndsWith($"DotNetWay-{Posix.Libc.getppid()}", StringComparison.Ordinal);

    /// <summary>子进程的一方：等到问题，把平方根存在旁边。</summary>
    /// <param name="name">共享内存的名字。</param>
    /// <returns>退出码。</returns>
    public static int Answer(string name)
    {
        using SafeFileHandle handle = SharedMemory.OpenExisting(name, FileAccess.ReadWrite);
        using PosixSemaphore asked = PosixSemaphore.OpenExisting(name + "_sem");
        asked.Wait();
        using var memory = new SharedMemory(handle, MemoryMappedFileAccess.ReadWrite);
        ref Question question = ref memory.As<Question>();
        question.Root = Math.Sqrt(question.Number);
        return 0;
    }

    private static string Run(params string[] args)
    {
        // 以 dotnet X.dll 启动时，可执行文件是 dotnet，要先补上 X.dll。
        string program = Environment.ProcessPath!;
        string[] first = Path.GetFileName(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        using Process process = Process.Start(new ProcessStartInfo(program, [.. first, .. args]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd().TrimEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"子进程 {args[0]} 以退出码 {process.ExitCode} 结束。");
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Question
    {
        public long Number;
        public double Root;
    }
}
