using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Posix;
using static Posix.Libc;

namespace Bindings;

/// <summary>Posix 里每个常量、结构和函数：C# 这边的值，和让 C 编译器说出它那边的值的程序。</summary>
/// <remarks>名字由反射从 Posix 取得，加一个常量不用改这里；只有结构要列在 <see cref="Structs"/> 里。</remarks>
internal static partial class Headers
{
    // 内容不公开的类型，C# 只留地方：够大就行。sem_t 由调用者留 64 字节（sem_init 的说明）。
    private static readonly (string C, int Reserved)[] Opaque =
    [
        ("posix_spawn_file_actions_t", Unsafe.SizeOf<posix_spawn_file_actions_t>()),
        ("siginfo_t", Unsafe.SizeOf<siginfo_t>()),
        ("sem_t", 64),
        ("pthread_mutex_t", Unsafe.SizeOf<pthread_mutex_t>()),
        ("pthread_mutexattr_t", Unsafe.SizeOf<pthread_mutexattr_t>()),
    ];

    /// <summary>打印 C 那一份的程序，C17。</summary>
    public static string Source()
    {
        var c = new StringBuilder("""
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <linux/magic.h>
            #include <poll.h>
            #include <pthread.h>
            #include <sched.h>
            #include <semaphore.h>
            #include <signal.h>
            #include <spawn.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/file.h>
            #include <sys/ipc.h>
            #include <sys/mman.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/sem.h>
            #include <sys/shm.h>
            #include <sys/socket.h>
            #include <sys/stat.h>
            #include <sys/statfs.h>
            #include <sys/uio.h>
            #include <sys/wait.h>
            #include <time.h>
            #include <unistd.h>

            int main(int argc, char **argv)
            {
                struct stat st;
                int fd = open(argv[argc - 1], O_RDONLY | O_CLOEXEC);
                if (argc != 2 || fd == -1 || fstat(fd, &st) == -1) return 1;
                close(fd);

            """);
        foreach ((string name, _) in Constants()) Line($"{name} %lld", $"(long long)({name})");
        foreach ((string name, string field, _, _) in Structs())
        {
            if (field == "") Line($"sizeof {name} %zu", $"sizeof({name})");
            else Line($"{name} {field} %zu %zu", $"offsetof({name}, {field}), sizeof((({name} *)0)->{field})");
        }

        foreach ((string name, int reserved) in Opaque) Line($"{name} fits %d", $"sizeof({name}) <= {reserved}");
        foreach (string name in Functions()) Line($"{name}() %d", $"dlsym(RTLD_DEFAULT, \"{name}\") != NULL");
        Line("fstat %llu %llu %o %llu %u %lld %lld", "(unsigned long long)st.st_dev, (unsigned long long)st.st_ino, st.st_mode, (unsigned long long)st.st_nlink, st.st_uid, (long long)st.st_size, (long long)st.st_blocks");
        return c.Append("    return 0;\n}\n").ToString();

        void Line(string format, string values) => c.Append(CultureInfo.InvariantCulture, $"    printf(\"{format}\\n\", {values});\n");
    }

    /// <summary>C# 这一份。</summary>
    /// <param name="file">对它做 fstat。</param>
    public static string Values(string file)
    {
        var lines = new List<string>();
        foreach ((string name, long value) in Constants()) lines.Add($"{name} {value}");
        foreach ((string name, string field, int offset, int size) in Structs()) lines.Add(field == "" ? $"sizeof {name} {size}" : $"{name} {field} {offset} {size}");
        foreach ((string name, _) in Opaque) lines.Add($"{name} fits 1");

        // "libc" 由 .NET 换成这个系统的 C 库，与 LibraryImport 找到的是同一个。
        nint libc = NativeLibrary.Load("libc", typeof(Libc).Assembly, null);
        foreach (string name in Functions()) lines.Add($"{name}() {(NativeLibrary.TryGetExport(libc, name, out _) ? 1 : 0)}");

        int fd = open(file, O_RDONLY | O_CLOEXEC);
        if (fd == -1 || fstat(fd, out stat_t st) == -1) throw new IOException($"open/fstat(\"{file}\"): {strerrorname_np(errno)}");
        close(fd);
        lines.Add($"fstat {st.st_dev} {st.st_ino} {Convert.ToString((uint)st.st_mode, 8)} {st.st_nlink} {st.st_uid} {st.st_size} {st.st_blocks}");
        return string.Concat(lines.Select(line => line + "\n"));
    }

    // 常量，以及随架构而变、因此写成属性的标志。
    private static IEnumerable<(string Name, long Value)> Constants()
    {
        const BindingFlags all = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (FieldInfo field in typeof(Libc).GetFields(all))
        {
            if (field.IsLiteral && CName().IsMatch(field.Name)) yield return (field.Name, Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture));
        }

        foreach (PropertyInfo property in typeof(Libc).GetProperties(all))
        {
            if (property.PropertyType.IsEnum && CName().IsMatch(property.Name)) yield return (property.Name, Convert.ToInt64(property.GetValue(null), CultureInfo.InvariantCulture));
        }
    }

    // 字段名为空的一行是整个结构的大小。
    private static unsafe (string Name, string Field, int Offset, int Size)[] Structs()
    {
        pollfd_t p;
        rlimit_t r;
        statfs_t s;
        timespec_t t;
        iovec_t v;
        msghdr_t m;
        cmsghdr_t c;
        shmid_ds_t d;
        sembuf_t b;
        return
        [
            ("struct pollfd", "", 0, sizeof(pollfd_t)), Of("struct pollfd", "fd", &p, &p.fd),
            Of("struct pollfd", "events", &p, &p.events), Of("struct pollfd", "revents", &p, &p.revents),
            ("struct rlimit", "", 0, sizeof(rlimit_t)), Of("struct rlimit", "rlim_cur", &r, &r.rlim_cur),
            Of("struct rlimit", "rlim_max", &r, &r.rlim_max),
            ("struct statfs", "", 0, sizeof(statfs_t)), Of("struct statfs", "f_type", &s, &s.f_type),
            Of("struct statfs", "f_bsize", &s, &s.f_bsize), Of("struct statfs", "f_blocks", &s, &s.f_blocks),
            Of("struct statfs", "f_bfree", &s, &s.f_bfree), Of("struct statfs", "f_bavail", &s, &s.f_bavail),
            ("struct timespec", "", 0, sizeof(timespec_t)),
            Of("struct timespec", "tv_sec", &t, &t.tv_sec),
            Of("struct timespec", "tv_nsec", &t, &t.tv_nsec),
            ("struct iovec", "", 0, sizeof(iovec_t)),
            Of("struct iovec", "iov_base", &v, (nint*)&v.iov_base),
            Of("struct iovec", "iov_len", &v, &v.iov_len),
            ("struct msghdr", "", 0, sizeof(msghdr_t)),
            Of("struct msghdr", "msg_name", &m, (nint*)&m.msg_name),
            Of("struct msghdr", "msg_namelen", &m, &m.msg_namelen),
            Of("struct msghdr", "msg_iov", &m, (nint*)&m.msg_iov),
            Of("struct msghdr", "msg_iovlen", &m, &m.msg_iovlen),
            Of("struct msghdr", "msg_control", &m, (nint*)&m.msg_control),
            Of("struct msghdr", "msg_controllen", &m, &m.msg_controllen),
            Of("struct msghdr", "msg_flags", &m, &m.msg_flags),
            ("struct cmsghdr", "", 0, sizeof(cmsghdr_t)),
            Of("struct cmsghdr", "cmsg_len", &c, &c.cmsg_len),
            Of("struct cmsghdr", "cmsg_level", &c, &c.cmsg_level),
            Of("struct cmsghdr", "cmsg_type", &c, &c.cmsg_type),
            ("struct shmid_ds", "", 0, sizeof(shmid_ds_t)),
            ("struct ipc_perm", "", 0, sizeof(ipc_perm_t)),
            Of("struct shmid_ds", "shm_perm.__key", &d, &d.shm_perm.__key),
            Of("struct shmid_ds", "shm_perm.uid", &d, &d.shm_perm.uid),
            Of("struct shmid_ds", "shm_perm.gid", &d, &d.shm_perm.gid),
            Of("struct shmid_ds", "shm_perm.cuid", &d, &d.shm_perm.cuid),
            Of("struct shmid_ds", "shm_perm.cgid", &d, &d.shm_perm.cgid),
            Of("struct shmid_ds", "shm_perm.mode", &d, &d.shm_perm.mode),
            Of("struct shmid_ds", "shm_segsz", &d, &d.shm_segsz),
            Of("struct shmid_ds", "shm_atime", &d, &d.shm_atime),
            Of("struct shmid_ds", "shm_dtime", &d, &d.shm_dtime),
            Of("struct shmid_ds", "shm_ctime", &d, &d.shm_ctime),
            Of("struct shmid_ds", "shm_cpid", &d, &d.shm_cpid),
            Of("struct shmid_ds", "shm_lpid", &d, &d.shm_lpid),
            Of("struct shmid_ds", "shm_nattch", &d, &d.shm_nattch),
            ("struct sembuf", "", 0, sizeof(sembuf_t)),
            Of("struct sembuf", "sem_num", &b, &b.sem_num),
            Of("struct sembuf", "sem_op", &b, &b.sem_op),
            Of("struct sembuf", "sem_flg", &b, &b.sem_flg),
        ];

        static (string, string, int, int) Of<T>(string name, string field, void* start, T* at)
            where T : unmanaged => (name, field, (int)((byte*)at - (byte*)start), sizeof(T));
    }

    // 每个 LibraryImport 最后都落到一个 DllImport 方法上，那里写着 C 的函数名。
    private static string[] Functions() =>
        [.. typeof(Libc).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<DllImportAttribute>()?.EntryPoint)
            .OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex("^[A-Z][A-Z0-9_]+$")]
    private static partial Regex CName();
}
