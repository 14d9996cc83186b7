using System.ComponentModel;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>tests/native 里的 C 程序，现用 cc 编译。</summary>
internal static class Native
{
    public static string Worker => Path.Combine(Folder, "bench-worker");

    public static string Pair => Path.Combine(Folder, "bench-pair");

    public static string Queue => Path.Combine(Folder, "bench-queue");

    /// <summary>仓库的根目录。</summary>
    public static string Root { get; } = FindRoot();

    private static string Folder => Path.Combine(Root, "tests/Benchmarks/obj/native");

    /// <summary>编译。</summary>
    /// <returns>null；编译不了时是原因。</returns>
    public static string? Compile()
    {
        Directory.CreateDirectory(Folder);

        // 向量与 .NET 在这台机器上用的一样宽：x64 有 AVX2 时 32 字节，arm64 是 16 字节。
        string[] vector = [$"-DVECTOR={Vector<byte>.Count}", .. Vector<byte>.Count == 32 && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? new[] { "-mavx2" } : []];
        return Cc(Worker, vector) ?? Cc(Pair) ?? Cc(Queue);
    }

    private static string? Cc(string program, params string[] options)
    {
        string source = Path.Combine(Root, "tests/native", Path.GetFileName(program) + ".c");
        try
        {
            using Process cc = Process.Start("cc", ["-O2", "-std=c17", "-Wall", "-Wextra", "-Werror", .. options, source, "-o", program]);
            cc.WaitForExit();
            return cc.ExitCode == 0 ? null : $"cc 编译不了 {source}，退出码 {cc.ExitCode}。";
        }
        catch (Win32Exception e)
        {
            return $"没有 C 编译器 cc（{e.Message}）：比的是 C# 与 C，要先装上，例如 apt install gcc。";
        }
    }

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Examples.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("本程序不在仓库之内。");
        return folder;
    }
}
