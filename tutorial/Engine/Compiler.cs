using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Engine;

/// <summary>在本进程里编译一个程序：不启动 dotnet build，一次几百毫秒。</summary>
internal static class Compiler
{
    // dotnet run 给单文件程序默认加的：隐式 using，unsafe（tutorial/Directory.Build.props）。nullable 不要：它只多出警告，分析却占编译的五分之一。
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

    private static readonly CSharpCompilationOptions Options = new(OutputKind.ConsoleApplication, allowUnsafe: true);

    // 框架的和 Posix 的；运行时列出的都是托管的程序集。MetadataReference.CreateFromFile 会先把它们全读进内存，这样读的只是用到的。
    private static readonly Lazy<PortableExecutableReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => path == PosixDll || Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
            .Select(path => AssemblyMetadata.CreateFromFile(path).GetReference()),
    ]);

    // 本程序的名字，Check 或 Stage：它自己的启动程序和 runtimeconfig.json 拿来给编译出来的程序用。
    private static string Self => AppDomain.CurrentDomain.FriendlyName;

    private static string PosixDll => typeof(Posix.Libc).Assembly.Location;

    /// <summary>编译一个要上舞台的程序：每条语句之前停一次。</summary>
    /// <param name="own">它自己的源文件，以及怎样称呼：停在这些文件里。</param>
    /// <param name="helpers">一起编译、但不停的源文件。</param>
    /// <param name="folder">输出目录，要是空的。</param>
    /// <param name="watching">一起上台的程序的源文件；它们看别人结束了没有，结束之前就再停一次。null 是只有它自己的。</param>
    /// <param name="prepare">加上停的地方之前，还要怎样改。</param>
    /// <returns>程序，还没有参数。</returns>
    /// <exception cref="InvalidDataException">编译不过，以及编译器的报错。</exception>
    public static Part CompileForStage(
        string name, (string Path, string Shown)[] own, string[] helpers, IReadOnlyDictionary<string, string> constants, string folder, string[]? watching = null, Func<Compilation, Compilation>? prepare = null)
    {
        // 编译不编译得过，要看没有改过的；看的同时就改，编译不过就白改了，也许还改不下去。
        Compilation original = Create(name, [.. own, .. helpers.Select(path => (path, path))]);
        Task check = Task.Run(() => MustBeGood(original.GetDiagnostics()));
        try
        {
            return WithStops();
        }
        finally
        {
            check.GetAwaiter().GetResult();
        }

        Part WithStops()
        {
            Compilation compilation = prepare == null ? original : prepare(original);
            var sites = new List<Site>();
            HashSet<string> stopping = [.. own.Select(o => o.Shown)];
            Compilation plain = compilation;
            Watched watched = EndOf.Seen((watching ?? [.. own.Select(o => o.Path)]).Select(File.ReadAllText));
            foreach ((int file, var source) in own.Index())
            {
                SyntaxTree tree = plain.SyntaxTrees.First(tree => tree.FilePath == source.Shown);
                SemanticModel model = plain.GetSemanticModel(tree);
                var rewriter = new Rewriter(model, file, sites, constants, new Footprints(model, stopping), watched, isQuick: prepare != null);
                compilation = compilation.ReplaceSyntaxTree(tree, tree.WithRootAndOptions(rewriter.Visit(tree.GetRoot())!, Parse));
            }

            // 排在最前，模块的初始化就最先做：分叉在程序自己的之前。
            SyntaxTree[] trees = [.. compilation.SyntaxTrees];
            compilation = compilation.RemoveAllSyntaxTrees().AddSyntaxTrees([Inside("StageStop.cs"), Inside("StageFork.cs"), Inside("StartupHook.cs"), .. trees]);

            string program = Path.Combine(folder, name);
            lock (Sandbox.Gate)
            {
                Directory.CreateDirectory(folder);
                using (FileStream output = File.Create(program + ".dll")) MustBeGood(compilation.Emit(output, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded)).Diagnostics);

                using (Stream posix = Resource("Posix.dll"))
                using (FileStream copy = File.Create(Path.Combine(folder, "Posix.dll"))) posix.CopyTo(copy);
                File.Copy(Path.Combine(AppContext.BaseDirectory, Self + ".runtimeconfig.json"), program + ".runtimeconfig.json");
                Host(name, program);
            }

            return new Part("", program, [], [.. sites], [.. own.Select(source => (source.Shown, File.ReadAllText(source.Path)))]);
        }
    }

    private static Stream Resource(string name) => typeof(Compiler).Assembly.GetManifestResourceStream(name)!;

    private static SyntaxTree Inside(string name)
    {
        using Stream source = Resource(name);
        return CSharpSyntaxTree.ParseText(SourceText.From(source, Encoding.UTF8), Parse, name);
    }

    private static Compilation Create(string name, (string Path, string Shown)[] sources)
    {
        SyntaxTree[] trees = [.. sources.Select(source => CSharpSyntaxTree.ParseText(SourceText.From(File.ReadAllText(source.Path), Encoding.UTF8), Parse, source.Shown))];
        Compilation compilation = CSharpCompilation.Create(name, [.. trees, CSharpSyntaxTree.ParseText(Implicit, Parse)], References.Value, Options);

        // LibraryImport 之类的 partial 方法要由源生成器补上；没有用到就不装它们，省一秒。
        if (trees.Any(tree => tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Any(m => m.Modifiers.Any(SyntaxKind.PartialKeyword))))
        {
            CSharpGeneratorDriver.Create(Generators(), parseOptions: Parse).RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        }

        return compilation;
    }

    private static void MustBeGood(IEnumerable<Diagnostic> diagnostics)
    {
        Diagnostic[] errors = [.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).OrderBy(d => d.Location.SourceSpan.Start)];
        if (errors.Length > 0) throw new InvalidDataException(string.Join('\n', errors.Select(d => d.ToString())));
    }

    // 给编译出来的程序一个启动程序（apphost）：小的本机程序，里面写着要运行哪个 dll。复制一份自己的，把名字换掉。
    // 不用 dotnet exec：那样 Environment.ProcessPath 是 dotnet，用它再启动自己的程序就启动不了。
    private static void Host(string name, string program)
    {
        byte[] host = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, Self));
        byte[] own = Encoding.UTF8.GetBytes(Self + ".dll\0");
        int at = host.AsSpan().IndexOf(own);
        if (at < 0) throw new InvalidOperationException($"{Self} 的启动程序里没有 {Self}.dll 这个名字。");
        byte[] other = Encoding.UTF8.GetBytes(name + ".dll\0");
        other.CopyTo(host, at);

        File.WriteAllBytes(program, host);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // 最新的一套引用程序集里带着的；没有装 SDK 就没有。
    private static ISourceGenerator[] Generators()
    {
        var packs = new DirectoryInfo(Path.Combine(Sandbox.DotnetRoot, "packs/Microsoft.NETCore.App.Ref"));
        DirectoryInfo? newest = packs.Exists ? packs.GetDirectories("10.*").MaxBy(d => Version.TryParse(d.Name, out Version? v) ? v : new Version()) : null;
        var generators = new DirectoryInfo(Path.Combine(newest?.FullName ?? "", "analyzers/dotnet/cs"));
        if (!generators.Exists) return [];
        var loader = new Loader();
        IEnumerable<AnalyzerFileReference> all = generators.GetFiles("*Generat*.dll").Select(dll => new AnalyzerFileReference(dll.FullName, loader));
        return [.. all.SelectMany(one => one.GetGenerators(LanguageNames.CSharp))];
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath) { }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }
}
