using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>测试的场地：自己的 /dev/shm 和 /var/tmp（一个私有的挂载命名空间，里面留下什么都是这里的程序留的），自己的临时目录。</summary>
/// <remarks>系统不许建命名空间时用大家的 /dev/shm 和独用的名字，只清理确实是自己的。</remarks>
internal sealed partial class Arena : IAsyncDisposable
{
    private static readonly Lazy<Task<bool>> Possible = new(async () =>
        (await Elsewhere.TryFinish("unshare", [.. Elsewhere.Unshare, "sh", "-c", "mount -t tmpfs tmpfs /dev/shm && nsenter --version"])).ExitCode == 0);

    private readonly TempFolder _temp = new();
    private readonly ShmName _name = new();
    private readonly DirectoryInfo? _varTmp;
    private Running? _holder;

    private Arena(DirectoryInfo? varTmp) => _varTmp = varTmp;

    /// <summary>场地自己的 /dev/shm，从测试进程看的路径。</summary>
    public string Shm => _holder == null ? "/dev/shm" : string.Create(CultureInfo.InvariantCulture, $"/proc/{_holder.Pid}/root/dev/shm");

    /// <summary>/dev/shm 是不是私有的。</summary>
    public bool IsPrivate => _holder != null;

    /// <summary>对象的名字，以斜杠开头。</summary>
    public string Name => _name.Name;

    /// <summary>对象的文件，从测试进程看的路径。</summary>
    public string ObjectFile => Shm + Name;

    /// <summary>信号量的文件，从测试进程看的路径。</summary>
    public string SemaphoreFile => $"{Shm}/sem.{Name[1..]}_sem";

    /// <summary>临时目录，也是里面各个程序的 TMPDIR。</summary>
    public string Temp => _temp.Folder;

    public static async Task<Arena> Open()
    {
        if (!await Possible.Value) return new Arena(null);

        // /var/tmp 换成它自己下面的一个新目录，还是同一个文件系统：有的程序要找磁盘上的目录。仓库就在里面时不换，换了就看不见程序。
        DirectoryInfo? varTmp = !Directory.Exists("/var/tmp") || Suite.Root.StartsWith("/var/tmp/", StringComparison.Ordinal) ? null : Directory.CreateDirectory($"/var/tmp/{ShmName.Prefix}{RandomText.Next(10)}");

        // 这个进程什么也不做，只让命名空间活着；场地清理时它被终止。
        const string Script = "mount -t tmpfs tmpfs /dev/shm && { [ -z \"$1\" ] || mount --bind \"$1\" /var/tmp; } && echo ready >&2 && exec sleep infinity";
        var arena = new Arena(varTmp);
        arena._holder = new Running(Suite.External("unshare", [.. Elsewhere.Unshare, "sh", "-c", Script, "sh", varTmp?.FullName ?? ""]), forEver: true);
        await arena._holder.Says("ready");
        return arena;
    }

    /// <summary>在场地里启动一个程序；进程编号就是程序自己的。</summary>
    public Command Command(string file, params IEnumerable<string> args)
    {
        string[] enter = _holder == null ? [] : Environment.IsPrivilegedProcess
            ? ["nsenter", string.Create(CultureInfo.InvariantCulture, $"--mount=/proc/{_holder.Pid}/ns/mnt")]
            : ["nsenter", string.Create(CultureInfo.InvariantCulture, $"--target={_holder.Pid}"), "--user", "--mount", "--preserve-credentials"];
        string[] line = [.. enter, file, .. args];
        return Suite.External(line[0], line[1..])
            .WithEnvironmentVariables(e => e.Set("DOTNET_EnableDiagnostics", "0").Set("LC_ALL", "C.UTF-8").Set("TMPDIR", Temp));
    }

    /// <summary>glibc 的 sem_open 做到一半被杀时留下的临时文件：数一数，删掉。不私有的 /dev/shm 里分不清是谁的，不数也不删。</summary>
    public int SweepHalfMadeSemaphores()
    {
        if (!IsPrivate) return 0;
        string[] halfMade = [.. Directory.GetFiles(Shm).Where(file => HalfMade().IsMatch(Path.GetFileName(file)))];
        foreach (string file in halfMade) File.Delete(file);
        return halfMade.Length;
    }

    /// <summary>/dev/shm 和 /var/tmp 里属于这里的：私有的就是全部，否则是名字对得上的。</summary>
    public string[] Left() =>
    [
        .. Directory.GetFileSystemEntries(Shm).Where(entry => IsPrivate || entry.Contains(Name[1..])),
        .. _varTmp == null ? [] : Directory.GetFileSystemEntries(_varTmp.FullName),
    ];

    /// <summary>信号量的值；没有这个文件、或还没写好，为 null。</summary>
    public int? SemaphoreValue()
    {
        // glibc 64 位的格式：值是开头的 4 个字节。测试只在本机的 glibc 上看，程序不依赖它。
        try
        {
            byte[] bytes = File.ReadAllBytes(SemaphoreFile);
            return bytes.Length < sizeof(int) ? null : BitConverter.ToInt32(bytes);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_holder != null) await _holder.DisposeAsync();
        _varTmp?.Delete(recursive: true);
        _name.Dispose();
        _temp.Dispose();
    }

    [GeneratedRegex("^sem\\.[A-Za-z0-9]{6}$")]
    private static partial Regex HalfMade();
}
