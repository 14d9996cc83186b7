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
    // 选项后面没有值的时候，库不说错，填上这个。
    protected const string NoValue = "__default_command";

    [CommandOption("--my <DIR>")]
    public string? My { get; init; }

    protected virtual bool IsGood => true;

    public override ValidationResult Validate() => IsGood && My != NoValue ? ValidationResult.Success() : ValidationResult.Error();

    /// <summary>学生的目录，默认是 tutorial/my。</summary>
    public Workspace Work => new(Path.GetFullPath(My ?? Path.Combine(Workspace.Tutorial, "my")));

    /// <summary>学生的目录，缺的练习补上了。</summary>
    public Workspace Filled()
    {
        int copied = Work.Fill();
        if (copied > 0) Console.Error.WriteLine($"复制了 {copied} 个练习到 {Trial.ShownPath(Work.Folder)}，在那里做；改乱了就用 reset NN 恢复。");
        return Work;
    }

    /// <summary>要运行学生的程序的：先换上自己的 /dev/shm（换上之后从头再来一遍），最后清理。</summary>
    public int Checking(Func<Workspace, int> check, bool fills = true)
    {
        Sandbox.EnterOrStay();
        Workspace work = fills ? Filled() : Work;
        Examples.Undo.Add(Sandbox.Leave);
        Sandbox.Prepare();
        return check(work);
    }
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

    protected override bool IsGood => Step is 1 or 2;
}

/// <summary>report 的；一个也没有点名，就是全部。</summary>
internal sealed class Several : Options
{
    [CommandArgument(0, "[NN]")]
    public Exercise[] Chosen { get; init; } = [];

    [CommandOption("--json <FILE>")]
    public string? Json { get; init; }

    protected override bool IsGood => Json is not (null or NoValue);
}

/// <summary>judge 的。</summary>
internal sealed class Answers : Options
{
    [CommandArgument(0, "<FILES>")]
    public required string[] Files { get; init; }

    protected override bool IsGood => Files.All(file => Exercise.Of(file) != null);
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
