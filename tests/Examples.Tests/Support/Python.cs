using CliWrap;

namespace Examples.Tests.Support;

/// <summary>本机的 python3；没有时跳过测试并说明原因。</summary>
internal static class Python
{
    private static readonly Lazy<Task<Finished>> Probe = new(() =>
        Suite.External("/bin/sh", "-c", "exec python3 -c 'import ctypes, mmap, sys, multiprocessing.shared_memory; print(sys.executable, *sys.version_info[:2], sep=\"\\n\")'").Finish());

    /// <summary>准备启动一个 Python 程序；退出码由测试自己判断。</summary>
    /// <param name="script">相对仓库根目录的路径。</param>
    /// <param name="args">命令行参数。</param>
    public static async Task<Command> Command(string script, params IEnumerable<string> args) =>
        Suite.External(await Executable(), [Path.Combine(Suite.Root, script), .. args]);

    /// <summary>解释器本身的路径；PATH 里的 python3 可能只是一层包装的脚本。</summary>
    public static async Task<string> Executable()
    {
        Finished probe = await Probe.Value;
        Assert.SkipUnless(probe.ExitCode == 0, $"没有能用的 python3（3.8 以上）：{probe.Error}");
        return probe.Lines[0];
    }
}
