using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;

[assembly: AssemblyFixture(typeof(NothingLeft))]

namespace Examples.Tests.Support;

/// <summary>全部测试结束之后：/dev/shm 和临时目录里没有多出东西，也没有活着的子进程。</summary>
public sealed partial class NothingLeft : IDisposable
{
    private readonly HashSet<string> _before = [.. Directory.GetFileSystemEntries("/dev/shm")];

    public void Dispose()
    {
        string[] names = [.. Directory.GetFileSystemEntries("/dev/shm").Where(entry => !_before.Contains(entry) && IsOurs(entry))];
        string[] files = [.. Directory.GetFileSystemEntries(Suite.Temp.FullName)];
        string children = string.Concat(Directory.GetDirectories("/proc/self/task").Select(task => File.ReadAllText(task + "/children")));
        Suite.Temp.Delete(recursive: true);

        names.ShouldBeEmpty("测试之后 /dev/shm 里多出了名字");
        files.ShouldBeEmpty("测试之后临时目录里多出了文件");
        children.ShouldBeEmpty("测试之后还有活着的子进程");
    }

    // /dev/shm 是全机器共用的。示例和测试的名字里都有进程编号；那个进程还活着，就是别人正在用。
    private static bool IsOurs(string entry)
    {
        Match pid = ProcessId().Match(entry);
        return pid.Success && (pid.Groups[1].Value == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) || !Directory.Exists("/proc/" + pid.Groups[1].Value));
    }

    [GeneratedRegex("[A-Za-z]-([0-9]+)")]
    private static partial Regex ProcessId();
}
