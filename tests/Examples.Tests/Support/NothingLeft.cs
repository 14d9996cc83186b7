using Examples.Tests.Support;

[assembly: AssemblyFixture(typeof(NothingLeft))]

namespace Examples.Tests.Support;

/// <summary>全部测试结束之后：/dev/shm 里没有多出名字，也没有活着的子进程。</summary>
public sealed class NothingLeft : IDisposable
{
    private readonly HashSet<string> _before = [.. Directory.GetFileSystemEntries("/dev/shm")];

    public void Dispose()
    {
        Directory.GetFileSystemEntries("/dev/shm").Where(entry => !_before.Contains(entry)).ShouldBeEmpty("测试之后 /dev/shm 里多出了名字");
        File.ReadAllText($"/proc/self/task/{Environment.ProcessId}/children").ShouldBeEmpty("测试之后还有活着的子进程");
    }
}
