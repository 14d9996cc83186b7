using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Posix;

namespace Examples.Tests;

/// <summary>四种标志是四个不同的枚举类型，放错位置就编译不过：真的交给编译器。</summary>
public sealed class FlagsTests
{
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Where(file => Path.GetFileName(file).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(Libc).Assembly.Location).Distinct().Select(file => MetadataReference.CreateFromFile(file)),
    ];

    [Theory]
    [InlineData("mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);")]
    [InlineData("open(\"/x\", O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);")]
    [InlineData("msync(null, 4, MS_SYNC);")]
    public void Every_flag_in_its_place_compiles(string call) => Errors(call).ShouldBeEmpty();

    [Theory]
    [InlineData("mmap(null, 4, MAP_SHARED, PROT_READ | PROT_WRITE, fd, 0);", "CS1503", "CS1503")]
    [InlineData("mmap(null, 4, PROT_READ | MAP_SHARED, MAP_SHARED, fd, 0);", "CS0019")]
    [InlineData("mmap(null, 4, O_RDWR, MAP_SHARED, fd, 0);", "CS1503")]
    [InlineData("mmap(null, 4, PROT_READ, MS_SYNC, fd, 0);", "CS1503")]
    [InlineData("open(\"/x\", PROT_READ);", "CS1503")]
    [InlineData("open(\"/x\", O_RDWR | O_CREAT, O_EXCL);", "CS1503")]
    [InlineData("msync(null, 4, MAP_SHARED);", "CS1503")]
    [InlineData("msync(null, 4, 1);", "CS1503")]
    public void A_flag_in_the_wrong_place_does_not_compile(string call, params string[] errors) => Errors(call).ShouldBe(errors);

    private static string[] Errors(string call)
    {
        string source = $"using static Posix.Libc; static class Program {{ static unsafe void Main() {{ int fd = 3; {call} }} }}";
        return [.. CSharpCompilation.Create("flags", [CSharpSyntaxTree.ParseText(source)], References, new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true))
            .GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.Id)];
    }
}
