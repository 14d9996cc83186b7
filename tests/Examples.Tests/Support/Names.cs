using System.Globalization;
using Posix;
using static Posix.Libc;

namespace Examples.Tests.Support;

/// <summary>一个测试独用的名字；测试结束时把它名下的对象和信号量清掉。</summary>
internal sealed class ShmName : IDisposable
{
    /// <summary>本次运行的全部名字共有的前缀，收尾时据此查漏。</summary>
    public static readonly string Prefix = $"test-{RandomText.Next(10)}-";

    private static int _counter;

    /// <summary>名字，以斜杠开头；结尾的点使它不会是另一个名字的前缀。</summary>
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"/{Prefix}{Interlocked.Increment(ref _counter)}.");

    /// <summary>共享内存对象的文件。</summary>
    public string ObjectFile => "/dev/shm" + Name;

    /// <summary>信号量的文件。</summary>
    public string SemaphoreFile => $"/dev/shm/sem.{Name[1..]}_sem";

    /// <summary>断言：对象和信号量都不在了。</summary>
    public void ShouldBeGone() => Directory.GetFileSystemEntries("/dev/shm").Where(entry => entry.Contains(Name[1..])).ShouldBeEmpty();

    /// <summary>创建信号量。</summary>
    /// <param name="value">初值。</param>
    public unsafe void CreateSemaphore(uint value)
    {
        sem_t* sem = sem_open(Name + "_sem", O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, value);
        (sem == SEM_FAILED).ShouldBeFalse();
        sem_close(sem).ShouldBe(0);
    }

    /// <summary>把信号量减到 0。</summary>
    /// <returns>减了多少次，就是它原来的值。</returns>
    public unsafe int TakePosts()
    {
        sem_t* sem = sem_open(Name + "_sem", 0);
        (sem == SEM_FAILED).ShouldBeFalse();
        int posts = 0;
        while (sem_trywait(sem) == 0) posts++;

        // 断言库内部也会调用系统，errno 要在断言之前取。
        Errno error = errno;
        error.ShouldBe(EAGAIN);
        sem_close(sem).ShouldBe(0);
        return posts;
    }

    public void Dispose()
    {
        File.Delete(ObjectFile);
        File.Delete(SemaphoreFile);
    }
}

/// <summary>一个测试独用的临时目录，测试结束时删除。</summary>
internal sealed class TempFolder : IDisposable
{
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(Suite.Temp.FullName, Path.GetRandomFileName())).FullName;

    /// <summary>目录里的一个路径。</summary>
    /// <param name="name">文件名。</param>
    public string this[string name] => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>每次不同的文字：只有真的传过去，对方才打印得出来。</summary>
internal static class RandomText
{
    /// <param name="length">随机部分的长度，小写字母。</param>
    /// <param name="prefix">前面固定的部分。</param>
    public static string Next(int length, string prefix = "") =>
        prefix + string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + Random.Shared.Next(26))));
}
