using CliWrap;

namespace Examples.Tests.Support;

/// <summary>换一个环境启动程序：别的用户，或自己的 /dev/shm。做不到时跳过测试并说明原因。</summary>
internal static class Elsewhere
{
    private const string Nobody = "65534", Usual = "mode=1777";

    /// <summary>unshare 的参数：换一个挂载命名空间；不是 root 就先换用户命名空间。</summary>
    public static string[] Unshare => Environment.IsPrivilegedProcess ? ["--mount"] : ["--user", "--map-root-user", "--mount"];

    /// <summary>以普通用户 nobody 的身份。</summary>
    public static async Task<Command> AsNobody(string file, params IEnumerable<string> args)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "不是 root，不能换成别的用户");
        string[] setpriv = ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--inh-caps=-all"];
        Finished probe = await TryFinish("setpriv", [.. setpriv, "test", "-x", file]);
        Assert.SkipUnless(probe.ExitCode == 0, $"别的用户够不到 {file}，或没有 setpriv：{probe.Error}");
        return Suite.External("setpriv", [.. setpriv, file, .. args]);
    }

    /// <summary>在私有的挂载命名空间里运行一段 shell 脚本，/dev/shm 是新的 tmpfs；脚本里 $1、$2 是参数。</summary>
    public static async Task<Command> WithOwnShm(string size, string script, params IEnumerable<string> args)
    {
        (string[]? prefix, string refused) = await OwnShmPrefix($"size={size}");
        Assert.SkipWhen(prefix == null, $"这里不能建挂载命名空间：{refused}");
        return Suite.External(prefix![0], [.. prefix[1..], "sh", "-c", script, "sh", .. args]);
    }

    /// <summary>这里能不能换上私有的 /dev/shm。</summary>
    public static async Task<bool> HasOwnShm() => (await OwnShmPrefix(Usual)).Prefix != null;

    /// <summary>运行一段 shell 脚本，能有私有的 /dev/shm 就用私有的，不能就用本机的。</summary>
    public static async Task<Finished> WithOwnShmIfPossible(string script, params IEnumerable<string> args)
    {
        string[] line = [.. (await OwnShmPrefix(Usual)).Prefix ?? [], "sh", "-c", script, "sh", .. args];
        return await Suite.External(line[0], line[1..]).Finish();
    }

    private static Task<(string[]? Prefix, string Refused)> OwnShmPrefix(string options) =>
        Task.Run(() => (OwnShm.Prefix(options, out string refused), refused));

    /// <summary>试着运行一个程序；没有这个程序也不抛出异常，退出码是 -1。</summary>
    public static async Task<Finished> TryFinish(string file, string[] args)
    {
        try
        {
            return await Suite.External(file, args).Finish();
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return new Finished(0, -1, "", e.Message);
        }
    }
}
