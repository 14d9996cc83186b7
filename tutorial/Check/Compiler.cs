using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Check;

/// <summary>在检查器的进程里编译一个单文件程序：不启动 dotnet build，一次几百毫秒。</summary>
internal static class Compiler
{
    // dotnet run 给单文件程序默认加的：隐式 using，nullable，unsafe（tutorial/Directory.Build.props）。
    private const string Implicit = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        [assembly: System.Runtime.Versioning.TargetFramework(".NETCoreApp,Version=v10.0")]
        [assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
        """;

    // #: 开头的几行是给 dotnet run 看的，这个特性让编译器略过它们。
    private static readonly CSharpParseOptions Parse =
        CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest).WithFeatures([new("FileBasedProgram", "true")]);

    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);

    private static readonly Lazy<PortableExecutableReference[]> References = new(() =>
        [.. Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll").Where(IsManaged).Append(PosixDll).Select(path => MetadataReference.CreateFromFile(path))]);

    private static string PosixDll => typeof(Posix.Libc).Assembly.Location;

    /// <summary>编译。</summary>
    /// <param name="source">源文件。</param>
    /// <param name="shown">报错时怎样称呼它，例如 tutorial/my/03-ftruncate.cs。</param>
    /// <param name="folder">输出目录，要是空的。</param>
    /// <returns>可执行文件；编译不过时为 null，以及编译器的报错，一条一行。</returns>
    public static (string? Program, string[] Errors) Compile(string source, string shown, string folder)
    {
        string name = Path.GetFileNameWithoutExtension(source);
        string text = File.ReadAllText(source);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(SourceText.From(text, Encoding.UTF8), Parse, shown);
        Compilation compilation = CSharpCompilation.Create(name, [tree, CSharpSyntaxTree.ParseText(Implicit, Parse)], References.Value, Options);

        // LibraryImport 之类的 partial 方法要由源生成器补上；没有用到就不装它们，省一秒。
        if (tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Any(m => m.Modifiers.Any(SyntaxKind.PartialKeyword)))
        {
            CSharpGeneratorDriver.Create(Generators(), parseOptions: Parse).RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        }

        lock (Sandbox.Gate) return Write(compilation, name, folder);
    }

    private static (string? Program, string[] Errors) Write(Compilation compilation, string name, string folder)
    {
        Directory.CreateDirectory(folder);
        string dll = Path.Combine(folder, name + ".dll");
        using (FileStream output = File.Create(dll))
        {
            EmitResult result = compilation.Emit(output, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
            if (!result.Success)
            {
                return (null, [.. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).OrderBy(d => d.Location.SourceSpan.Start).Select(d => d.ToString())]);
            }
        }

        File.Copy(PosixDll, Path.Combine(folder, Path.GetFileName(PosixDll)));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Check.runtimeconfig.json"), Path.Combine(folder, name + ".runtimeconfig.json"));
        return (Host(name, folder), []);
    }

    // 启动程序（apphost）是一个小的本机程序，里面写着要运行哪个 dll。抄一份检查器自己的，把名字换掉。
    private static string Host(string name, string folder)
    {
        byte[] host = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Check"));
        byte[] own = "Check.dll\0"u8.ToArray();
        int at = host.AsSpan().IndexOf(own);
        if (at < 0) throw new InvalidOperationException("Check 的启动程序里没有 Check.dll 这个名字。");
        byte[] other = Encoding.UTF8.GetBytes(name + ".dll\0");
        other.CopyTo(host, at);

        string program = Path.Combine(folder, name);
        File.WriteAllBytes(program, host);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    private static ISourceGenerator[] Generators()
    {
        string packs = Path.Combine(Sandbox.DotnetRoot, "packs/Microsoft.NETCore.App.Ref");
        if (!Directory.Exists(packs)) return [];
        string newest = Directory.GetDirectories(packs, "10.*").OrderBy(d => Version.TryParse(Path.GetFileName(d), out Version? v) ? v : new Version()).LastOrDefault() ?? packs;
        string folder = Path.Combine(newest, "analyzers/dotnet/cs");
        if (!Directory.Exists(folder)) return [];
        var loader = new Loader();
        return [.. Directory.GetFiles(folder, "*Generat*.dll").SelectMany(dll => new AnalyzerFileReference(dll, loader).GetGenerators(LanguageNames.CSharp))];
    }

    private static bool IsManaged(string dll)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(dll);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }
}
