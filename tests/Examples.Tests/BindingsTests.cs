using Bindings;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>绑定的每个常量、结构和函数，与本机 C 的头文件、C 库一致。</summary>
public sealed class BindingsTests
{
    [Fact]
    public async Task Every_constant_struct_and_function_is_what_the_c_headers_say()
    {
        Finished compiler = await Suite.External("/bin/sh", "-c", "command -v cc").Finish();
        Assert.SkipUnless(compiler.ExitCode == 0, "没有 C 编译器 cc");
        using var temp = new TempFolder();
        File.WriteAllBytes(temp["file"], new byte[Random.Shared.Next(1, 100_000)]);

        Finished compiled = await Suite.External("cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-x", "c", "-", "-o", temp["headers"])
            .WithStandardInputPipe(PipeSource.FromString(Headers.Source())).Finish();
        compiled.ShouldSucceed();
        Finished c = await Suite.External(temp["headers"], temp["file"]).Finish();

        c.ShouldSucceed().Lines.Length.ShouldBeGreaterThan(100);
        c.Lines.ShouldBe(Headers.Values(temp["file"]).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
