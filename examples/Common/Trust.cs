using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>名字全机器共用：打开的若是已有的东西，用之前先看它属于谁、是不是真的。不能用就以一行结束。</summary>
/// <remarks>对象和文件先打开再看：看的是手里的这一个，不是那个名字此刻指着的。
/// sem_open 不给描述符，信号量只能凭名字再打开一次来看。</remarks>
internal static unsafe class Trust
{
    private const int SemSize = 32, MostPosts = 1000;
    private const string Partner = "对方若是同伴，两边要以同一个用户运行（容器可用 --user）；若是别人，请换一个名字。";

    /// <summary>文件属于自己：别人先放好、人人可写的文件，写进去就是写给别人，读出来就是别人的话。</summary>
    /// <param name="fd">打开的文件。</param>
    /// <param name="name">它的名字，报错时用。</param>
    /// <param name="advice">属于别人时给读者的话。</param>
    /// <returns>它的元数据。</returns>
    public static stat_t Own(int fd, string name, string advice)
    {
        Must(fstat(fd, out stat_t st));
        uint me = geteuid();
        string whose = $"fstat(fd): \"{name}\" 属于用户 {st.st_uid}，不是自己的（用户 {me}），不访问它。{advice}";
        if (st.st_uid != me) errx(1, whose);
        return st;
    }

    /// <summary>共享内存对象：是普通文件，属于自己。</summary>
    /// <param name="fd">shm_open 打开的描述符。</param>
    /// <param name="name">对象的名字。</param>
    public static void Object(int fd, string name)
    {
        stat_t st = Own(fd, name, Partner);
        string strange = $"fstat(fd): \"{name}\" 不是共享内存对象，请换一个名字：ls -l /dev/shm 列出已有的。";
        if (!S_ISREG(st.st_mode)) errx(1, strange);
    }

    /// <summary>有名信号量：属于自己，而且真的是信号量。sem_open 不检查内容，0 字节的文件它也映射，
    /// 一访问就是 SIGBUS。</summary>
    /// <param name="semName">sem_open 打开的名字。</param>
    public static void Semaphore(string semName)
    {
        // sem. 这个前缀是 glibc 加的。
        string path = "/dev/shm/sem." + semName.TrimStart('/');
        int fd = Must(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), path,
            (ENOENT, "信号量刚被别的进程删掉了：再运行一次。"));
        stat_t st = Own(fd, semName, Partner);

        // 格式是 libc 私有的，不去猜：另外初始化一个跨进程的信号量来比。
        // 开头 8 个字节是值和等待的人数，各不相同；其余都一样。
        long* seen = stackalloc long[SemSize / sizeof(long)], fresh = stackalloc long[SemSize / sizeof(long)];
        new Span<byte>(fresh, SemSize).Clear();
        Must(sem_init((sem_t*)fresh, 1, 0));
        bool same = st.st_size == SemSize && pread(fd, seen, SemSize, 0) == SemSize
            && new Span<byte>(seen, SemSize)[8..].SequenceEqual(new Span<byte>(fresh, SemSize)[8..]);
        if (!same) errx(1, $"fstat(fd): {path}（{st.st_size} 字节）不是真的信号量，先删掉：rm {path}");

        // 值再大也是真的信号量，可是发送方要一次次收回，二十亿次就像挂起了一样。
        Must(sem_getvalue((sem_t*)seen, out int value));
        string absurd = $"sem_getvalue(sem): {path} 的值是 {value}，不会是这几个程序 post 的。删掉它再运行：rm {path}";
        if (value > MostPosts) errx(1, absurd);
        Must(close(fd));
    }
}
