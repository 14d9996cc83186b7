using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>名字全机器共用：打开的若是已有的东西，用之前先看它属于谁、是不是真的。不能用就往标准错误写一行。</summary>
/// <remarks>对象和文件先打开再看：看的是手里的这一个，不是那个名字此刻指着的。sem_open 不给描述符，信号量只能凭名字再打开一次来看。</remarks>
internal static unsafe class Trust
{
    private const int SemSize = 32, MostPosts = 1000;

    /// <summary>别的用户占着这个名字（EACCES）时给读者的话。</summary>
    /// <param name="name">对象的名字。</param>
    public static (Errno When, string Say) Taken(string name) => (EACCES, $"没有权限，多半属于别的用户。{Another(name)}");

    /// <summary>文件属于自己：别人先放好、人人可写的文件，写进去就是写给别人，读出来就是别人的话。</summary>
    /// <param name="fd">打开的文件。</param>
    /// <param name="name">它的名字，报错时用。</param>
    /// <param name="advice">属于别人时给读者的话。</param>
    public static bool Own(int fd, string name, string advice)
    {
        if (fstat(fd, out stat_t st) == -1) return Failure.Fail(errno, $"fstat({fd})") == 0;
        return st.st_uid == geteuid() || Refuse($"fstat({fd}): \"{name}\" 属于用户 {st.st_uid}，不是自己的（用户 {geteuid()}），不去碰它。{advice}");
    }

    /// <summary>共享内存对象：是普通文件，属于自己。</summary>
    /// <param name="fd">shm_open 打开的描述符。</param>
    /// <param name="name">对象的名字。</param>
    public static bool Object(int fd, string name)
    {
        if (fstat(fd, out stat_t st) == -1) return Failure.Fail(errno, $"fstat({fd})") == 0;
        if (!S_ISREG(st.st_mode)) return Refuse($"fstat({fd}): \"{name}\" 不是共享内存对象。看看 ls -l /dev/shm：删掉它，或换一个名字。");
        return Own(fd, name, Another(name));
    }

    /// <summary>有名信号量：属于自己，而且真的是信号量。sem_open 不检查内容，0 字节的文件它也映射，一碰就是 SIGBUS。</summary>
    /// <param name="semName">sem_open 打开的名字。</param>
    /// <param name="name">对象的名字。</param>
    public static bool Semaphore(string semName, string name)
    {
        // glibc 的文件名是 sem.名字，musl 没有前缀。
        string path = "/dev/shm/sem." + semName.TrimStart('/');
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1) fd = open("/dev/shm/" + semName.TrimStart('/'), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd == -1) return Failure.Fail(errno, $"open(\"{path}\", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)", (ENOENT, "信号量刚被别人删掉了：再运行一次。")) == 0;
        bool sound = Own(fd, semName, Another(name)) && LooksRight(fd, path);
        close(fd);
        return sound;
    }

    // 格式是 libc 私有的，不去猜：现做一个跨进程的信号量来比。开头 8 个字节是值和等待的人数，各不相同；其余都一样。
    private static bool LooksRight(int fd, string path)
    {
        long* seen = stackalloc long[SemSize / sizeof(long)], fresh = stackalloc long[SemSize / sizeof(long)];
        new Span<byte>(fresh, SemSize).Clear();
        if (sem_init((sem_t*)fresh, 1, 0) == -1) return Failure.Fail(errno, "sem_init(sem, 1, 0)") == 0;

        if (fstat(fd, out stat_t st) == -1) return Failure.Fail(errno, $"fstat({fd})") == 0;
        bool same = st.st_size == SemSize && pread(fd, seen, SemSize, 0) == SemSize
            && new Span<byte>(seen, SemSize)[8..].SequenceEqual(new Span<byte>(fresh, SemSize)[8..]);
        if (!same) return Refuse($"fstat({fd}): {path}（{st.st_size} 字节）不是这里的 sem_open 建的信号量，用它会崩溃或一直等。删掉它再运行：rm {path}");

        // 值再大也是真的信号量，可是发送方要一次次收回，二十亿次就像挂住了一样。
        if (sem_getvalue((sem_t*)seen, out int value) == -1) return Failure.Fail(errno, "sem_getvalue(sem)") == 0;
        return value <= MostPosts || Refuse($"sem_getvalue(sem): {path} 的值是 {value}，不会是这几个程序 post 的。删掉它再运行：rm {path}");
    }

    private static string Another(string name) => $"名字全机器共用：两边都换一个自己的，例如 -- {name}-{geteuid()}";

    private static bool Refuse(string line)
    {
        Console.Error.WriteLine(line);
        return false;
    }
}
