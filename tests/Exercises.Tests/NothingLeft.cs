using Examples.Tests.Support;
using Exercises.Tests;

[assembly: AssemblyFixture(typeof(NothingLeft))]

namespace Exercises.Tests;

/// <summary>全部测试结束之后：临时目录是空的，没有活着的子进程，/dev/shm 里没有检查器的名字。</summary>
public sealed class NothingLeft : IDisposable
{
    public void Dispose()
    {
        string[] files = [.. Directory.GetFileSystemEntries(Suite.Temp.FullName)];
        string[] names = [.. Directory.GetFileSystemEntries("/dev/shm").Where(entry => entry.Contains("/check-") || entry.Contains("sem.check-"))];
        string children = string.Concat(Directory.GetDirectories("/proc/self/task").Select(task => File.ReadAllText(task + "/children")));
        Suite.Temp.Delete(recursive: true);

        files.ShouldBeEmpty("测试之后临时目录里多出了文件");
        names.ShouldBeEmpty("测试之后 /dev/shm 里多出了名字");
        children.ShouldBeEmpty("测试之后还有活着的子进程");
    }
}
