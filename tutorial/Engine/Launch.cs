using System.Runtime.InteropServices;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>启动一个进程：标准输入是空的，输出接到给定的描述符，别的描述符一个也不给，自己的进程组。</summary>
internal static unsafe partial class Launch
{
    private const short POSIX_SPAWN_SETPGROUP = 2;

    /// <summary>启动；描述符不够就抛出 IOException。</summary>
    /// <param name="argv">可执行文件，和它的参数。</param>
    /// <param name="stdin">-1 是空的。</param>
    /// <returns>0，或 posix_spawn 的错误编号。</returns>
    public static Errno Spawn(out int pid, string[] argv, string[] environment, int stdout, int stderr, int stdin = -1)
    {
        int devNull = open("/dev/null", O_RDONLY | O_CLOEXEC);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);

        // 自己的进程组：程序 kill(0, …)，打不到我们；终端上的 Ctrl+C 也不先打到它。属性有多大不公开，glibc 上是 336 字节。
        byte* room = stackalloc byte[1024];
        var attributes = (posix_spawnattr_t*)room;
        posix_spawnattr_init(attributes);
        posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP);
        byte** arguments = native_strings(argv);
        byte** variables = native_strings(environment);
        try
        {
            // 前面哪一个描述符没有打开，这里都得到 EBADF：不能让程序拿到我们自己的。
            Errno error = posix_spawn_file_actions_adddup2(&actions, stdin == -1 ? devNull : stdin, 0);
            if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, stdout, 1);
            if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, stderr, 2);
            if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
            if (error != 0) throw new IOException($"posix_spawn_file_actions: {strerrorname_np(error)} ({strerror(error)})");
            return posix_spawn(out pid, argv[0], &actions, attributes, arguments, variables);
        }
        finally
        {
            posix_spawn_file_actions_destroy(&actions);
            posix_spawnattr_destroy(attributes);
            close(devNull);
            free_strings(arguments);
            free_strings(variables);
        }
    }

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_init(posix_spawnattr_t* attributes);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_setflags(posix_spawnattr_t* attributes, short flags);

    [LibraryImport("libc")]
    private static partial void posix_spawnattr_destroy(posix_spawnattr_t* attributes);
}
