using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>/proc/PID/maps 的一行。</summary>
internal sealed record Map(ulong Start, ulong End, string Protection, long Offset, ulong Inode, string File)
{
    /// <summary>共享的，不是私有的。</summary>
    public bool IsShared => Protection[3] == 's';

    /// <summary>地址在里面。</summary>
    public bool Holds(ulong address) => Start <= address && address < End;
}

/// <summary>一个线程正在做的系统调用。</summary>
/// <param name="Name">名字；没有在做，或是不认识的，为空。</param>
/// <param name="Arguments">六个参数；没有在做时是空的。</param>
/// <param name="Raw">内核写的原样。</param>
internal sealed record Call(string Name, ulong[] Arguments, string Raw)
{
    // 编号随 CPU 的种类而不同。
    private static readonly Dictionary<string, string> Names = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? new() { ["63"] = "read", ["64"] = "write", ["98"] = "futex", ["202"] = "accept", ["212"] = "recvmsg", ["242"] = "accept4", ["192"] = "semtimedop", ["193"] = "semop", ["260"] = "wait4", ["95"] = "waitid", ["32"] = "flock", ["25"] = "fcntl", ["101"] = "nanosleep", ["115"] = "clock_nanosleep" }
        : new() { ["0"] = "read", ["1"] = "write", ["202"] = "futex", ["61"] = "wait4", ["43"] = "accept", ["47"] = "recvmsg", ["288"] = "accept4", ["65"] = "semop", ["220"] = "semtimedop", ["247"] = "waitid", ["73"] = "flock", ["72"] = "fcntl", ["35"] = "nanosleep", ["230"] = "clock_nanosleep" };

    /// <summary>/proc/PID/task/TID/syscall 的一行。来源：proc_pid_syscall(5)。</summary>
    public static Call Parse(string raw) => raw.Split(' ') is { Length: > 6 } fields
        ? new(Names.GetValueOrDefault(fields[0], ""), [.. fields[1..7].Select(hex => ulong.Parse(hex.AsSpan(2), NumberStyles.HexNumber, null))], raw)
        : new("", [], raw);
}

/// <summary>一个进程，从外面看：全部来自 /proc，它自己说什么都不算。</summary>
/// <param name="Pid">进程编号。</param>
internal sealed partial record Peer(int Pid)
{
    [ThreadStatic]
    private static byte[]? _content;

    /// <summary>命令行的各个参数，含程序名；进程没有了是空的。</summary>
    public string[] CommandLine => Read("cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>已经结束；还没有人来取状态的也算。</summary>
    public bool HasEnded => Stat() is ['Z' or 'X', ..] or "";

    /// <summary>已经结束，而且全部线程都不在了：主线程成了僵尸的时候，别的线程可能还拿着描述符，等它的也还没有被叫醒。</summary>
    public bool HasLeft => HasEnded && Threads <= 1;

    /// <summary>被 SIGSTOP 停住了。</summary>
    public bool IsStopped => Stat() is ['T', ..];

    /// <summary>有信号等着它。来源：proc_pid_status(5)。</summary>
    public bool HasPending => Read("status").Split('\n').Any(line => line is ['S', _, _, 'P', 'n', 'd', ':', .. var signals] && signals.Trim().Any(digit => digit != '0'));

    /// <summary>有一个线程正在运行，或等着运行，或在等磁盘：没有用 CPU，也可能是机器忙，还没有轮到。</summary>
    public bool IsRunning => Entries("task").Any(task => State(ReadFile(task + "/stat")) is ['R' or 'D', ..]);

    /// <summary>有几个线程。</summary>
    public int Threads => Entries("task").Length;

    /// <summary>已经用掉的 CPU 时间，纳秒，全部线程合计；进程没有了是 0。来源：clock_getcpuclockid(3)。</summary>
    public long CpuTime =>
        clock_getcpuclockid(Pid, out ClockId clock) == 0 && clock_gettime(clock, out timespec_t time) == 0 ? (time.tv_sec * 1_000_000_000) + time.tv_nsec : 0;

    /// <summary>结束的状态，与 waitpid 的相同；还没有结束或已经被取走时为 null。</summary>
    public int? Status => Stat().Split(' ') is ["Z", ..] and { Length: > 49 } fields ? int.Parse(fields[49], CultureInfo.InvariantCulture) : null;

    /// <summary>进程组的编号；结束了还没有人取状态的也有，取走了是 0。</summary>
    public int Group => Stat().Split(' ') is [_, _, var group, ..] ? int.Parse(group, CultureInfo.InvariantCulture) : 0;

    /// <summary>会话的编号。</summary>
    public int Session => int.Parse(Stat().Split(' ')[3], CultureInfo.InvariantCulture);

    /// <summary>子进程。posix_spawn 的子进程在 exec 之前看上去和父进程一样，也算。</summary>
    public IEnumerable<Peer> Children() => Entries("task").SelectMany(task => ReadFile(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(child => new Peer(int.Parse(child, CultureInfo.InvariantCulture)));

    /// <summary>子进程，以及它们的子进程。</summary>
    public IEnumerable<Peer> Descendants() => Children().SelectMany(child => child.Descendants().Prepend(child));

    /// <summary>打开着的描述符：/proc 下的路径，和指向的文件。</summary>
    /// <remarks>编号从 fdinfo 里数：那里是普通的文件；fd 里是链接，列出来的时候每个都要另问一遍它指向的是不是目录。</remarks>
    public IEnumerable<(string Path, string Target)> Descriptors() => Entries("fdinfo").Select(info => $"/proc/{Pid}/fd/{Path.GetFileName(info)}").Select(path => (path, Target(path)));

    /// <summary>映射，按地址。</summary>
    public List<Map> Mappings()
    {
        // 一个 .NET 进程有两百多行，每一步都要读：不为每一项各创建一个字符串。
        var all = new List<Map>(256);
        ReadOnlySpan<char> text = Read("maps");
        Span<Range> fields = stackalloc Range[6];
        foreach (Range row in text.Split('\n'))
        {
            ReadOnlySpan<char> line = text[row];
            if (line.Split(fields, ' ', StringSplitOptions.RemoveEmptyEntries) is var count && count < 5) continue;
            ReadOnlySpan<char> range = line[fields[0]];
            int dash = range.IndexOf('-');
            all.Add(new Map(Hex(range[..dash]), Hex(range[(dash + 1)..]), line[fields[1]].ToString(), (long)Hex(line[fields[2]]), ulong.Parse(line[fields[4]], NumberStyles.None, CultureInfo.InvariantCulture), count > 5 ? line[fields[5]].ToString() : ""));
        }

        return all;
    }

    /// <summary>一段映射里此刻的内容，至多这么多字节；对象末尾之后的页读不到。来源：proc_pid_mem(5)。</summary>
    public byte[] Content(Map map, int most) => Look(
        () =>
        {
            using SafeFileHandle memory = File.OpenHandle($"/proc/{Pid}/mem");
            byte[] content = new byte[Math.Min((long)(map.End - map.Start), most)];
            return content[..RandomAccess.Read(memory, content, (long)map.Start)];
        },
        []);

    /// <summary>umask。</summary>
    public string Umask => Read("status").Split('\n').FirstOrDefault(line => line.StartsWith("Umask:", StringComparison.Ordinal)) ?? "";

    /// <summary>一个描述符怎样打开的（r、w、rw），和给人看不到的：文件偏移，标志，拿着的锁（不含编号），eventfd 的值。来源：proc_pid_fdinfo(5)。</summary>
    /// <param name="path">/proc 下的路径。</param>
    public (string Access, string Hidden) Info(string path)
    {
        var hidden = new List<string>();
        string access = "r";
        foreach (string line in Read("fdinfo/" + Path.GetFileName(path)).Split('\n'))
        {
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["flags:", [.., var mode]]) access = mode switch { '0' => "r", '1' => "w", _ => "rw" };
            if (fields is ["pos:" or "flags:" or "eventfd-count:", var value]) hidden.Add(value);
            else if (fields is ["lock:", _, var kind, _, var how, ..]) hidden.Add($"{kind} {how}");
        }

        return (access, string.Join(' ', hidden));
    }

    /// <summary>每个线程正在做的系统调用，主线程在前。</summary>
    public Call[] Calls() => [.. Entries("task").OrderBy(task => task.EndsWith($"/{Pid}", StringComparison.Ordinal) ? 0 : 1).Select(task => Call.Parse(ReadFile(task + "/syscall").TrimEnd()))];

    /// <summary>主线程睡着，而且说了至多睡多久：futex 带着时限，或者就是在睡。</summary>
    public bool IsSleepingForATime =>
        Calls() is [{ Name: "nanosleep" or "clock_nanosleep" }, ..] or [{ Name: "futex", Arguments: [_, _, _, not 0, ..] }, ..];

    /// <summary>主线程睡着了。</summary>
    public bool IsAsleep => Stat() is ['S', ..];

    private static ulong Hex(ReadOnlySpan<char> text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // 指向哪里，内核写的原样。
    private static unsafe string Target(string link)
    {
        byte* target = stackalloc byte[4096];
        return Encoding.UTF8.GetString(target, (int)Math.Max(0, readlink(link, target, 4096)));
    }

    // 名字可以含空格和括号，各项在最后一个右括号之后，第一项是状态。
    private string Stat() => State(Read("stat"));

    private static string State(string stat) => stat == "" ? "" : stat[(stat.LastIndexOf(')') + 2)..];

    private string Read(string file) => ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/{file}"));

    private string[] Entries(string folder) => Look(() => Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/{folder}")), []);

    // 每一步要读几十个文件：库的读法每个多做一倍的系统调用。
    private static unsafe string ReadFile(string file)
    {
        int fd = open(file, O_RDONLY | O_CLOEXEC), length = 0;
        if (fd == -1) return "";
        _content ??= new byte[1 << 16];
        for (nint count = 1; count > 0; length += (int)Math.Max(0, count))
        {
            if (length == _content.Length) Array.Resize(ref _content, 2 * length);
            fixed (byte* start = &_content[length]) count = read(fd, start, (nuint)(_content.Length - length));
        }

        close(fd);
        return Encoding.UTF8.GetString(_content, 0, length);
    }

    // 进程随时会没有，读到一半也会。
    private static T Look<T>(Func<T> look, T gone)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return gone;
        }
    }

    [LibraryImport("libc")]
    private static partial int clock_getcpuclockid(int pid, out ClockId clock);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint readlink(string path, byte* target, nuint size);
}
