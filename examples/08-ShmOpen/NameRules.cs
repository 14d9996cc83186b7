// 共享内存对象的名字有什么规则，以及怎样把一次打开、一次映射的结果写成一个词。
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class NameRules
{
    /// <summary>名字的规则；来源：shm_open(3)，开头的斜杠可以省去是 glibc 的做法。</summary>
    /// <param name="name">一个已经存在的对象，以斜杠开头。</param>
    public static void ShowNameRules(string name)
    {
        Opened(shm_open(name, O_RDONLY, 0), out stat_t st);
        string bare = Opened(shm_open(name[1..], O_RDONLY, 0), out stat_t same);
        Observe("I1", $"名字省去开头的斜杠（{name[1..]}，glibc 允许），打开的是同一个对象（inode）", $"成功 {st.st_ino}", $"{bare} {same.st_ino}");
        Observe("I1", $"名字中间有斜杠（{name}/a）", "EINVAL", Opened(shm_open(name + "/a", O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), out _));
        Observe("I1", "名字是空的（\"\"）", "EINVAL", Opened(shm_open("", O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), out _));
        Observe("I1", "名字只有一个斜杠（/）", "EINVAL", Opened(shm_open("/", O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), out _));

        // 限的是 UTF-8 字节，开头的斜杠不算；汉字一个三字节。
        string longest = Long(255), tooLong = Long(256);
        using var cleanup = new Cleanup(() => shm_unlink(longest));
        string created = Opened(shm_open(longest, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), out _);
        Observe("I1", $"名字长 255 字节（{longest.Length - 1} 个字符，多数是汉字），斜杠不算", "成功", created);
        Observe("I1", "名字长 256 字节", "ENAMETOOLONG", Opened(shm_open(tooLong, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), out _));

        string Long(int bytes) => name + new string('长', (bytes + 1 - name.Length) / 3) + new string('x', (bytes + 1 - name.Length) % 3);
    }

    /// <summary>打开的结果是 <c>成功</c> 或错误的名字；打开了就问一下元数据，再关掉。</summary>
    public static string Opened(int fd, out stat_t st)
    {
        string outcome = Outcome(fd);
        st = default;
        if (fd != -1 && fstat(fd, out st) == -1) outcome = Outcome(-1);
        if (fd != -1) close(fd);
        return outcome;
    }

    /// <summary>映射的结果是 <c>成功</c> 或错误的名字；映射了就解除。</summary>
    public static string Mapped(void* start, nuint len)
    {
        string outcome = Outcome(start == MAP_FAILED ? -1 : 0);
        if (start != MAP_FAILED) munmap(start, len);
        return outcome;
    }

    /// <summary>权限位写成八进制，例如 0644。</summary>
    public static string Octal(Mode mode) => "0" + Convert.ToString((uint)mode & 0x1FF, 8).PadLeft(3, '0');
}
