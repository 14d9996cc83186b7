using System.Runtime.InteropServices;
using Posix;

namespace Engine;

/// <summary>一个场地：自己的 /dev/shm、.NET 的有名 Mutex，System V 的编号也是自己的，在里面启动的进程也看到它们。属于一个线程，线程结束，内核就收回。</summary>
internal static partial class Arena
{
    private const int CLONE_NEWNS = 0x20000, CLONE_NEWIPC = 0x8000000;

    // .NET 的有名 Mutex 放在这里，不看 TMPDIR；用过的文件不删。目录要先有：它在别处创建好再改名，改不到另一个文件系统上。
    private const string Mutexes = "/tmp/.dotnet";

    [ThreadStatic]
    private static bool _ownsMutexes;

    [ThreadStatic]
    private static bool _entered;

    [ThreadStatic]
    private static Dictionary<string, ForkServer>? _servers;

    [ThreadStatic]
    private static string? _temp;

    /// <summary>本线程的 /dev/shm 是自己的：里面的名字全是台上的程序的，两个场地用同一个名字也不会遇到。</summary>
    public static bool IsPrivate => _entered;

    /// <summary>台上的程序的临时文件放在这里；一个场地一次只演一场，所以每场都是它：参数和环境变量因此也每次相同。</summary>
    public static string Temp => _temp ??= Path.Combine(Sandbox.Temp, Path.GetRandomFileName()[..8]);

    private static string[] Files => _ownsMutexes ? Directory.GetFiles(Mutexes, "*", SearchOption.AllDirectories) : [];

    /// <summary>启动一个进程，或者由母进程分叉出来。</summary>
    /// <param name="forks">由母进程分叉。</param>
    public static Errno Spawn(out int pid, string program, bool forks, string[] args, string[] environment, Printed stdout, Printed stderr)
    {
        if (forks && Environment.GetEnvironmentVariable("STAGE_FORKS") != "0")
        {
            string key = string.Join('\0', [program, .. environment]), space = IsPrivate ? $"/proc/{new FileInfo("/proc/thread-self").LinkTarget}/ns/ipc" : "";
            ForkServer server = (_servers ??= []).TryGetValue(key, out ForkServer? known) ? known : _servers[key] = new ForkServer(program, environment);
            if (server.Fork(space, stdout.Path, stderr.Path, args, out pid)) return 0;
        }

        return Launch.Spawn(out pid, [program, .. args], environment, stdout.Fd, stderr.Fd);
    }

    /// <summary>在新的线程、新的场地里做一件事，做完才返回。</summary>
    /// <remarks>进程已经在自己的挂载命名空间里（<see cref="Sandbox.EnterOrStay"/>），线程才能再换一个；不能换就用本机的 /dev/shm。</remarks>
    /// <param name="count">同时在几个场地里做；用本机的 /dev/shm 时只有一个，程序自己取的名字不会遇到。</param>
    public static void Enter(Action action, int count = 1)
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, Sandbox.IsPrivate ? count : 1).Select(_ => new Thread(() =>
        {
            try
            {
                _entered = Sandbox.IsPrivate && unshare(CLONE_NEWNS) == 0 && mount("tmpfs", "/dev/shm", "tmpfs", 0, null) == 0;
                _ownsMutexes = _entered && Directory.CreateDirectory(Mutexes).LinkTarget == null && mount("tmpfs", Mutexes, "tmpfs", 0, "mode=0777") == 0;
                int session = new Peer(Environment.ProcessId).Session;
                if (_ownsMutexes) Array.ForEach(["shm", "shm/global", $"shm/session{session}", "lockfiles", "lockfiles/global", $"lockfiles/session{session}"], Open);
                action();
            }
            catch (Exception e)
            {
                failure ??= e;
            }
            finally
            {
                foreach (ForkServer server in _servers?.Values.ToArray() ?? []) server.Dispose();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (failure != null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>换一个空的 System V：编号又从 0 起，每次运行都一样。有名 Mutex 也都没有了。</summary>
    public static void Renew()
    {
        if (IsPrivate) _ = unshare(CLONE_NEWIPC);
        Array.ForEach(Files, File.Delete);
    }

    // 谁都能在里面创建，与 .NET 自己创建的一样。
    private static void Open(string folder)
    {
        const UnixFileMode Everyone = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(Mutexes, folder)).FullName, Everyone);
    }

    /// <summary>有名 Mutex 各是什么样子：文件，和内容。</summary>
    public static IEnumerable<(string Path, byte[] Content)> NamedMutexes() => Files.Order(StringComparer.Ordinal).Select(path => (path, File.ReadAllBytes(path)));

    [LibraryImport("libc")]
    private static partial int unshare(int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int mount(string source, string target, string type, nuint flags, string? data);
}
