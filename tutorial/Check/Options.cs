using System.ComponentModel;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Cli;
using Spectre.Console.Cli.Help;
using Spectre.Console.Rendering;

namespace Check;

/// <summary>每个命令都有的选项。</summary>
internal class Options : CommandSettings
{
    [CommandOption("--my <DIR>")]
    public string? My { get; init; }

    /// <summary>学生的目录，默认是 tutorial/my。</summary>
    public Workspace Work => new(Path.GetFullPath(My ?? Path.Combine(Workspace.Tutorial, "my")));

    /// <summary>学生的目录，缺的练习补上了。</summary>
    public Workspace Filled()
    {
        int copied = Work.Fill();
        if (copied > 0) Console.Error.WriteLine($"抄了 {copied} 个练习到 {Trial.ShownPath(Work.Folder)}，在那里做；做乱了用 reset NN 恢复。");
        return Work;
    }

    /// <summary>要运行学生的程序的：先换上自己的 /dev/shm（换上之后从头再来一遍），最后收拾。</summary>
    public int Checking(Func<Workspace, int> check, bool fills = true)
    {
        Sandbox.EnterOrStay();
        Workspace work = fills ? Filled() : Work;
        Sandbox.Prepare();
        using var signals = new Leaving();
        try
        {
            return check(work);
        }
        finally
        {
            Sandbox.Leave();
        }
    }
}

/// <summary>没有命令：第一个没有解出来的练习。</summary>
internal sealed class First : Command<Options>
{
    public override int Execute(CommandContext context, Options settings, CancellationToken cancellationToken) => settings.Checking(Screen.First);
}

/// <summary>run、reset 的。</summary>
internal class One : Options
{
    [CommandArgument(0, "<NN>")]
    public required Exercise Exercise { get; init; }
}

/// <summary>hint 的。</summary>
internal sealed class Hint : One
{
    [CommandArgument(1, "[STEP]")]
    [DefaultValue(1)]
    public int Step { get; init; }

    public override ValidationResult Validate() => Step is 1 or 2 ? ValidationResult.Success() : ValidationResult.Error();
}

/// <summary>report 的；一个也没有点名，就是全部。</summary>
internal sealed class Several : Options
{
    [CommandArgument(0, "[NN]")]
    public Exercise[] Chosen { get; init; } = [];

    [CommandOption("--json <FILE>")]
    public string? Json { get; init; }

    public override ValidationResult Validate() => Json != null ? ValidationResult.Success() : ValidationResult.Error();
}

/// <summary>judge 的。</summary>
internal sealed class Answers : Options
{
    [CommandArgument(0, "<FILES>")]
    public required string[] Files { get; init; }

    public override ValidationResult Validate() => Files.All(file => Exercise.Of(file) != null) ? ValidationResult.Success() : ValidationResult.Error();
}

/// <summary>命令行上的一个练习：03、3 或 03-waitpid。</summary>
internal sealed class ByNumber : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

    public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => Exercise.Find((string)value) ?? throw new FormatException();
}

/// <summary>用法，--help 也是它。</summary>
internal sealed class Usage : IHelpProvider
{
    public static string Line => $"用法：Check [watch | list | run NN | hint NN [2] | reset NN | report --json 文件 [NN …] | judge 文件 …] [--my 目录]（NN 是 01 到 {Exercise.All.Length:00}；文件写 - 是标准输出）";

    public IEnumerable<IRenderable> Write(ICommandModel model, ICommandInfo? command) => [new Text(Line + "\n")];
}
