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
            #include <sched.h>
            #include <semaphore.h>
            #include <signal.h>
            #include <spawn.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/file.h>
            #include <sys/mman.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/socket.h>
            #include <sys/stat.h>
            #include <sys/statfs.h>
            #include <sys/wait.h>
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
        return
        [
            ("struct pollfd", "", 0, sizeof(pollfd_t)), Of("struct pollfd", "fd", &p, &p.fd),
            Of("struct pollfd", "events", &p, &p.events), Of("struct pollfd", "revents", &p, &p.revents),
            ("struct rlimit", "", 0, sizeof(rlimit_t)), Of("struct rlimit", "rlim_cur", &r, &r.rlim_cur),
            Of("struct rlimit", "rlim_max", &r, &r.rlim_max),
            ("struct statfs", "", 0, sizeof(statfs_t)), Of("struct statfs", "f_type", &s, &s.f_type),
            Of("struct statfs", "f_bsize", &s, &s.f_bsize), Of("struct statfs", "f_blocks", &s, &s.f_blocks),
            Of("struct statfs", "f_bfree", &s, &s.f_bfree), Of("struct statfs", "f_bavail", &s, &s.f_bavail),
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
