using System.Collections.Concurrent;
using CliWrap;

namespace Examples.Tests.Support;

/// <summary>
/// tests/native 里的 C 程序，用 cc 编译到临时目录。测试类以 <c>IClassFixture&lt;Native&gt;</c> 得到它：
/// 一个类里每个程序只编译一次，类里的测试都结束就删掉。没有 cc 时跳过测试并说明原因。
/// </summary>
public sealed class Native : IDisposable
{
    private static readonly string[] Flags = ["-std=c17", "-Wall", "-Wextra", "-Werror"];
    private static readonly Lazy<Task<Finished>> Probe = new(() => Suite.External("/bin/sh", "-c", "exec cc -std=c17 -fsyntax-only -include semaphore.h -x c /dev/null").Finish());

    private readonly TempFolder _temp = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _programs = new();

    public void Dispose() => _temp.Dispose();

    /// <summary>没有 C 编译器，或没有 libc 的头文件，就跳过当前的测试。</summary>
    internal static async Task SkipWithoutCompiler()
    {
        Finished probe = await Probe.Value;
        Assert.SkipUnless(probe.ExitCode == 0, $"没有能用的 cc（装 gcc 与 libc 的头文件，例如 apt-get install gcc libc6-dev）：{probe.Error}");
    }

    /// <summary>编译好的可执行文件。</summary>
    /// <param name="name">tests/native 里的源文件，不带 .c。</param>
    /// <param name="flags">另外的编译选项，例如 <c>-O2</c>；每种组合各编译一次。</param>
    internal async Task<string> Program(string name, params string[] flags)
    {
        await SkipWithoutCompiler();
        return await _programs.GetOrAdd(string.Join(' ', [name, .. flags]), key => new(() => Compile(name, key.Replace(' ', '_'), flags))).Value;
    }

    /// <summary>准备启动一个 C 程序；退出码由测试自己判断。</summary>
    /// <param name="name">tests/native 里的源文件，不带 .c。</param>
    /// <param name="args">命令行参数。</param>
    internal async Task<Command> Command(string name, params IEnumerable<string> args) => Suite.External(await Program(name), args);

    private async Task<string> Compile(string name, string output, string[] flags)
    {
        string executable = _temp[output];
        Finished compiler = await Suite.External("cc", [.. Flags, .. flags, "-o", executable, Path.Combine(Suite.Root, "tests/native", name + ".c")]).Finish();
        compiler.ShouldSucceed().Error.ShouldBeEmpty();
        return executable;
    }
}
