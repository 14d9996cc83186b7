using System.Diagnostics;
using System.Runtime.InteropServices;
using static Posix.Libc;

namespace Benchmarks;

/// <summary>从启动到结束：一整对程序；以及启动一个程序，时间花在哪里。</summary>
internal static class Whole
{
    private static readonly string Rid = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    /// <summary>10 的 Sender 与 Receiver 先后运行：JIT、NativeAOT，各与 C 轮流。</summary>
    /// <param name="rounds">多少轮。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static Measure[] Pairs(int rounds, Action<string> progress)
    {
        string name = $"/bench-{Random.Shared.NextInt64():x16}";
        Examples.Undo.Add(() => { shm_unlink(name); sem_unlink(name + "_sem"); });
        var measures = new List<Measure> { Against("10 的一整对，先后启动到结束，JIT", Built("10-ShmSemaphore/Sender"), Built("10-ShmSemaphore/Receiver")) };
        if (Aot("10-ShmSemaphore/Sender") is { } sender && Aot("10-ShmSemaphore/Receiver") is { } receiver) measures.Add(Against("10 的一整对，先后启动到结束，NativeAOT", sender, receiver));
        return [.. measures];

        Measure Against(string what, string send, string receive)
        {
            progress(what);
            (double[] csharp, double[] c) = Ratios.Interleave(rounds,
                () => Spawn.Milliseconds([send, name, "yuki..."], [receive, name]),
                () => Spawn.Milliseconds([Native.Pair, "send", name, "yuki..."], [Native.Pair, "recv", name]));
            return new Measure(what, "ms", csharp, c);
        }
    }

    /// <summary>启动 05（它自己还要启动一个子进程）的几种办法。</summary>
    /// <param name="rounds">多少轮。</param>
    /// <param name="progress">开始量一项时说一声。</param>
    public static Value[] Startup(int rounds, Action<string> progress)
    {
        const string example = "05-AnonymousMapping";
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "/usr/bin/dotnet", project = Path.Combine(Native.Root, "examples", example), built = Built(example);
        var ways = new List<(string Name, string[] Command)>
        {
            ("dotnet run --project examples/05-AnonymousMapping", [dotnet, "run", "-c", Configuration, "--project", project]),
            ("dotnet run --no-build --project examples/05-AnonymousMapping", [dotnet, "run", "-c", Configuration, "--no-build", "--project", project]),
            ("dotnet --version：只启动命令行工具", [dotnet, "--version"]),
            ("dotnet AnonymousMapping.dll", [dotnet, built + ".dll"]),
            ("构建好的可执行文件 AnonymousMapping", [built]),
            ("同上，DOTNET_TieredCompilation=0", ["/usr/bin/env", "DOTNET_TieredCompilation=0", built]),
            ("同上，DOTNET_TieredPGO=1", ["/usr/bin/env", "DOTNET_TieredPGO=1", built]),
            ("同上，DOTNET_ReadyToRun=0", ["/usr/bin/env", "DOTNET_ReadyToRun=0", built]),
        };
        if (Publish(example, "r2r", "-p:PublishReadyToRun=true", "--self-contained", "false") is { } r2r) ways.Add(("发布时 PublishReadyToRun", [r2r]));
        if (Aot(example) is { } aot) ways.Add(("发布成 NativeAOT", [aot]));

        // 一轮之内每种都量到；第一轮热身。
        double[][] times = [.. ways.Select(_ => new double[rounds])];
        for (int round = -1; round < rounds; round++)
        {
            progress($"启动，第 {round + 1} 轮");
            for (int i = 0; i < ways.Count; i++)
            {
                double ms = Spawn.Milliseconds(ways[i].Command);
                if (round >= 0) times[i][round] = ms;
            }
        }

        return [.. ways.Select((way, i) => new Value(way.Name, "ms", times[i]))];
    }

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static string Built(string project) => Path.Combine(Native.Root, "examples", project, "bin", Configuration, "net10.0", Assembly(project));

    // 目录 05-AnonymousMapping 里是 AnonymousMapping，10-ShmSemaphore/Sender 里是 Sender。
    private static string Assembly(string project) => project[(project.LastIndexOfAny(['-', '/']) + 1)..];

    private static string? Aot(string project) => Publish(project, "aot", "-p:PublishAot=true");

    // 发布到自己的目录里，不碰示例平时的构建；第二次就快了。
    private static string? Publish(string project, string kind, params string[] options)
    {
        string folder = Path.Combine(Native.Root, "tests/Benchmarks/obj", kind);
        var start = new ProcessStartInfo("dotnet", ["publish", Path.Combine(Native.Root, "examples", project), "-r", Rid, "--artifacts-path", folder, .. options]) { RedirectStandardOutput = true };
        using Process publish = Process.Start(start)!;
        string output = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        if (publish.ExitCode == 0) return Path.Combine(folder, "publish", Assembly(project), $"release_{Rid}", Assembly(project));
        Console.Error.WriteLine($"{project} 发布不了（{kind}），这一项不量：{output.Split('\n').FirstOrDefault(line => line.Contains("error")) ?? output}");
        return null;
    }
}
