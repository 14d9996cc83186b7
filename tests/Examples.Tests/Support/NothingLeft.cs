using Examples.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Sweep))]
[assembly: TestCollectionOrderer(typeof(NothingLeftComesLast))]

namespace Examples.Tests.Support;

/// <summary>别的测试都结束之后：临时目录里没有多出东西，/dev/shm 里没有测试的名字，也没有活着的子进程。只看本次运行自己创建的。</summary>
[Collection(NothingLeftComesLast.Name)]
public sealed class NothingLeft
{
    [Fact]
    public void After_all_tests_no_name_no_file_and_no_process_of_theirs_is_left()
    {
        Directory.GetFileSystemEntries("/dev/shm").Where(entry => entry.Contains(ShmName.Prefix)).ShouldBeEmpty("测试之后 /dev/shm 里多出了名字");
        Directory.GetFileSystemEntries(Suite.Temp.FullName).ShouldBeEmpty("测试之后临时目录里多出了文件");
        Outside.Children(Environment.ProcessId).Where(Outside.IsRunning).ShouldBeEmpty("测试之后还有活着的子进程");
    }
}

/// <summary>收尾，失败的测试留下的也收走。不下判断：这里抛出异常，每一个测试都会报告失败。</summary>
public sealed class Sweep : IDisposable
{
    public void Dispose()
    {
        try
        {
            Suite.Temp.Delete(recursive: true);
            foreach (string left in Directory.GetFiles("/dev/shm", $"*{ShmName.Prefix}*")) File.Delete(left);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"收尾没有做完：{e.Message}");
        }
    }
}

/// <summary>让 <see cref="NothingLeft"/> 排在最后：不与别人并行的排在并行的之后，其中它又是最后一个。最久的一类排在最前，免得最后只剩它一个在运行。</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NothingLeftComesLast : ITestCollectionOrderer
{
    public const string Name = "最后";

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => collection.TestCollectionDisplayName is Name ? 2 : collection.TestCollectionDisplayName.Contains("TourTests", StringComparison.Ordinal) ? 0 : 1)];
}
