using System.Collections;
using System.Runtime.InteropServices;

namespace Posix;

// 这里没有 C 的头文件：C 的程序用 fork 就有了另一个自己，C# 要用 posix_spawn 把自己再启动一次。
public static unsafe partial class Libc
{
    /// <summary><see cref="spawn_self"/> 放进子进程环境变量的名字；值是父进程的编号。</summary>
    public const string SpawnedBy = "SPAWNED_BY";

    /// <summary>怎样再启动一次本程序：一个可执行文件，或 <c>dotnet</c> 加宿主的选项加 X.dll；
    /// 后面接上新的参数就能运行。</summary>
    public static string[] self_command
    {
        get
        {
            // 命令行里，应用自己的参数之前都是启动的方式。
            string[] words = File.ReadAllText("/proc/self/cmdline").Split('\0')[..^1];
            int own = Environment.GetCommandLineArgs().Length - 1;
            return [Environment.ProcessPath!, .. words[1..^own]];
        }
    }

    /// <summary>本进程是父进程用 <see cref="spawn_self"/> 启动的，而且父进程还在。
    /// 手工运行一个内部角色时为 false。</summary>
    /// <remarks>父进程是 1 号时也是 false：1 号是 init，它启动的、收养的，都不是内部角色。</remarks>
    public static bool was_spawned =>
        getppid() is var parent and not 1 && Environment.GetEnvironmentVariable(SpawnedBy) == $"{parent}";

    /// <summary>再启动一次本程序，作为子进程，把指定的描述符按指定的编号交给它。</summary>
    /// <param name="pid">子进程编号，用 <see cref="waitpid"/> 等它结束。</param>
    /// <param name="args">子进程 Main 收到的参数。</param>
    /// <param name="descriptors">要交出的描述符，以及它在子进程里的编号；0、1、2 也可以改，不改就沿用父进程的。</param>
    /// <returns>0；失败时直接返回错误编号（posix_spawn 自己的，或准备描述符时的 EBADF、EMFILE）。</returns>
    /// <remarks>
    /// 文章用 fork，C# 不能：fork 出来的子进程只有一个线程，而 .NET 的垃圾回收、即时编译要靠其他线程；
    /// 更糟的是 .NET 存放机器码的内存本身就是 MAP_SHARED 映射，fork 之后父子共用，子进程一编译方法就改坏父进程的代码。
    /// posix_spawn 在子进程里马上 exec，换成一个全新的程序，所以安全。
    /// 代价是 exec 会丢掉全部映射：fork 的子进程直接有父进程的映射，这里的子进程只有描述符，要自己再 mmap 一次。
    /// <para>
    /// 程序以自己的可执行文件、<c>dotnet run</c> 或 <c>dotnet X.dll</c> 启动都可以。环境变量照传（含本进程改过的），
    /// 另加 <see cref="SpawnedBy"/>；除 0、1、2 与 <paramref name="descriptors"/> 外，没有描述符漏给子进程。
    /// </para>
    /// </remarks>
    public static Errno spawn_self(out int pid, string[] args, params (int fd, int newfd)[] descriptors)
    {
        byte** argv = native_strings([.. self_command, .. args]);
        byte** envp = native_strings([.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(e => (string)e.Key != SpawnedBy).Select(e => $"{e.Key}={e.Value}"), $"{SpawnedBy}={getpid()}"]);

        // 描述符先复制到所有目标编号之上，再在子进程里 dup2 回来：3→4、4→3 这样的交换也不会互相覆盖。
        int highest = descriptors.Select(d => d.newfd).Append(2).Max();
        var copies = new List<int>();
        posix_spawn_file_actions_t actions;
        Errno error = posix_spawn_file_actions_init(&actions);
        bool initialized = error == 0;
        pid = -1;
        try
        {
            foreach ((int fd, int newfd) in descriptors)
            {
                int copy = error == 0 ? fcntl(fd, F_DUPFD_CLOEXEC, highest + 1) : -1;
                if (copy == -1) return error == 0 ? errno : error;
                copies.Add(copy);
                error = posix_spawn_file_actions_adddup2(&actions, copy, newfd);
            }

            // 其余的一律关掉：没带 O_CLOEXEC 的描述符会漏过 exec。
            for (int fd = 3; error == 0 && fd <= highest; fd++)
            {
                if (!descriptors.Any(d => d.newfd == fd)) error = posix_spawn_file_actions_addclose(&actions, fd);
            }

            error = error == 0 ? posix_spawn_file_actions_addclosefrom_np(&actions, highest + 1) : error;
            return error == 0 ? posix_spawn(out pid, Environment.ProcessPath!, &actions, null, argv, envp) : error;
        }
        finally
        {
            copies.ForEach(fd => close(fd));
            free_strings(argv);
            free_strings(envp);
            if (initialized) posix_spawn_file_actions_destroy(&actions);
        }
    }

    /// <summary>字符串数组换成 C 的样子，给 <see cref="posix_spawn"/> 的 argv、envp 用；
    /// 用完要 <see cref="free_strings"/>。</summary>
    /// <param name="strings">各个字符串。</param>
    /// <returns>指针数组，各项是 UTF-8、以 NUL 结尾，最后是一个空指针。</returns>
    public static byte** native_strings(params string[] strings)
    {
        var array = (byte**)NativeMemory.AllocZeroed((nuint)strings.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < strings.Length; i++) array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        return array;
    }

    /// <summary>释放 <see cref="native_strings"/> 的结果。</summary>
    /// <param name="array">指针数组，以空指针结尾。</param>
    public static void free_strings(byte** array)
    {
        for (int i = 0; array[i] != null; i++) Marshal.FreeCoTaskMem((nint)array[i]);
        NativeMemory.Free(array);
    }
}
