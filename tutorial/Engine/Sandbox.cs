using System.Collections;
using System.Runtime.InteropServices;
using Examples;
using static Posix.Libc;

namespace Engine;

/// <summary>学生的程序在里面运行：自己的 /dev/shm（做得到的话）、自己的临时目录、收养孤儿的检查器。</summary>
internal static partial class Sandbox
{
    private const string Mark = "CHECK_PRIVATE_SHM";

    /// <summary>/dev/shm 是私有的：里面多出来的，一定是学生的程序创建的。</summary>
    /// <remarks>环境变量里是外面的挂载命名空间，与自己的不同才算：手工设的不算。</remarks>
    public static bool IsPrivate { get; } = Environment.GetEnvironmentVariable(Mark) is ['m', 'n', 't', ':', ..] outside && outside != MountNamespace;

    /// <summary>检查器给的名字里都有它，别的程序的名字里不会有。</summary>
    public static string Token { get; } = $"check-{Random.Shared.GetHexString(16, lowercase: true)}-";

    /// <summary>各个场地的临时目录都在它之下。</summary>
    public static string Temp { get; private set; } = "";

    /// <summary>编译出来的程序放在这里，学生的程序不该去碰。</summary>
    public static string Programs { get; private set; } = "";

    /// <summary>启动进程、创建目录、清理的时候拿着。<see cref="Leave"/> 拿住不放：别的线程停在这里，不会在收尾之后又创建出来。</summary>
    public static Lock Gate { get; } = new();

    /// <summary>换上自己的 /dev/shm，重新启动检查器；系统不允许就照旧。换上之后不返回。</summary>
    public static void EnterOrStay()
    {
        if (IsPrivate || Environment.GetEnvironmentVariable(Mark) == "0") return;
        if (OwnShm.Prefix("mode=1777", out _) is not { } prefix) return;

        // exec 之后运行时没有机会清理：它在临时目录里的诊断套接字和调试管道，先由 sh 删掉；编号碰巧相同、别的用户留下的，删不掉也不要紧。
        const string Clean = "rm -f \"$0\"/dotnet-diagnostic-$$-* \"$0\"/clr-debug-pipe-$$-* 2> /dev/null; exec \"$@\"";
        string[] command = [.. prefix, "sh", "-c", Clean, Path.GetTempPath(), "env", $"{Mark}={MountNamespace}", "DOTNET_EnableDiagnostics=0", "DOTNET_EnableWriteXorExecute=0", .. self_command, .. Environment.GetCommandLineArgs()[1..]];
        _ = execvp(command[0], [.. command, null]);
    }

    /// <summary>仓库的根目录：从程序往上，第一个有 Examples.sln 的。</summary>
    /// <exception cref="IOException">程序被复制到了别处。</exception>
    public static string Root
    {
        get
        {
            string? at = AppContext.BaseDirectory;
            while (at != null && !File.Exists(Path.Combine(at, "Examples.sln"))) at = Path.GetDirectoryName(at);
            return at ?? throw new IOException("程序不在仓库之内：用 dotnet run --project tutorial/Check 或 tutorial/Stage 启动它。");
        }
    }

    private static string MountNamespace => File.ResolveLinkTarget("/proc/self/ns/mnt", returnFinalTarget: false)?.Name ?? "";

    /// <summary>备好目录，成为孤儿的收养者。先登记好 <see cref="Leave"/>（<c>Undo</c>）：无论怎样结束都会收尾。</summary>
    public static void Prepare()
    {
        // 编译器、舞台和学生的程序都在这一个上限之内。
        const int Fewest = 256;
        Must(getrlimit(RLIMIT_NOFILE, out rlimit_t limit));
        if (limit.rlim_cur < Fewest) errx(1, $"getrlimit(RLIMIT_NOFILE): 描述符的上限是 {limit.rlim_cur}，不到 {Fewest} 个，不够用。先放宽，例如 ulimit -n 1024");
        try
        {
            Temp = Directory.CreateTempSubdirectory("check-tmp-").FullName;
            Programs = Directory.CreateTempSubdirectory("check-bin-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errx(1, $"在 {Path.GetTempPath()} 里创建不了临时目录：{e.Message} 用环境变量 TMPDIR 指定另一个目录。");
        }

        _ = Shm.AtStart;
        _ = prctl(PR_SET_CHILD_SUBREAPER, 1);
        _ = setrlimit(RLIMIT_CORE, default);
    }

    /// <summary>最后做一次：结束学生的进程，删掉名字和目录。</summary>
    public static void Leave()
    {
        Gate.Enter();
        Tree.Kill(Tree.All);
        Shm.RemoveOwn();
        foreach (string folder in new[] { Temp, Programs }.Where(folder => folder != "")) Remove(folder);
    }

    /// <summary>删掉学生的程序留下的文件或目录；目录去掉了权限的，先还给它。</summary>
    public static void Remove(string path)
    {
        var folder = new DirectoryInfo(path);
        if (folder.LinkTarget != null || !folder.Exists)
        {
            File.Delete(path);
            return;
        }

        folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (string entry in Directory.GetFileSystemEntries(path)) Remove(entry);
        folder.Delete();
    }

    /// <summary>学生的程序的环境变量；<paramref name="temp"/> 是它的 TMPDIR。</summary>
    public static string[] Variables(string temp)
    {
        IDictionary variables = Environment.GetEnvironmentVariables();

        // 被信号终止的 .NET 程序不留诊断套接字；启动快一些；代码内存不经 memfd，/proc 里的共享映射就都是学生自己的。
        variables["DOTNET_EnableDiagnostics"] = "0";
        variables["DOTNET_TieredPGO"] = "0";
        variables["DOTNET_EnableWriteXorExecute"] = "0";
        variables["DOTNET_ROOT"] = DotnetRoot;
        variables["TMPDIR"] = temp;
        return [.. variables.Cast<DictionaryEntry>().Select(v => $"{v.Key}={v.Value}")];
    }

    /// <summary>.NET 的安装目录：运行时目录往上三层。</summary>
    public static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    // 换成另一个程序，进程编号和终端都不变；成功就不返回。
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execvp(string file, string?[] argv);
}
