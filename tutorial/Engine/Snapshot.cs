using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine;

/// <summary>停稳的一刻，从外面看到的全部。进程编号、地址每次运行都不同，不算在内：编号写成一个记号，地址另放。</summary>
/// <param name="Lanes">各个进程，按出现的次序。</param>
/// <param name="Objects">它们共享的东西，按名字。</param>
/// <param name="Hidden">不给人看的状态：套接字的名字，和它们里面的；权限、umask、eventfd；.NET 的有名 Mutex。</param>
internal sealed record Snapshot(LaneView[] Lanes, ObjectView[] Objects, [property: JsonIgnore] string Hidden = "")
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>两个时刻相同，当且仅当这个字符串相同。</summary>
    /// <remarks>
    /// 描述符的编号不算，只看它指着什么：.NET 自己的线程偶尔也占一个编号，同样的次序，编号未必相同，走下去却没有分别。
    /// 不给人看的也算：文件偏移、锁、登记了几步撤销、显示不完的文字。同样的报错说几遍都算一遍，只看最后一句是哪一句：一边等、一边说的，才走得回原来的状态。
    /// </remarks>
    [JsonIgnore]
    public string Key => JsonSerializer.Serialize(this with
    {
        Lanes =
        [
            .. Lanes.Select(lane => lane with
            {
                Output = [.. lane.Output.Where((said, i) => !said.IsError || Array.IndexOf(lane.Output, said) == i), .. lane.Output.Where(said => said.IsError).TakeLast(1)],
                Descriptors = [.. lane.Descriptors.Select(d => d with { Number = 0 }).OrderBy(d => (d.Target, d.Access, d.Hidden))],
                Frames = [.. lane.Frames.Select(lane.Plain)],
            }),
        ],
    }, Readable) + string.Join('|', Lanes.SelectMany(lane => lane.Descriptors.Select(d => $"{d.Target}{d.Access}{d.Hidden}").Order(StringComparer.Ordinal).Concat(lane.Frames.Select(frame => frame.Hidden)))) + Hidden;

    /// <summary>几种东西此刻的样子。</summary>
    public string Of(Things kinds)
    {
        bool Has(Things some) => (kinds & some) != 0;
        IEnumerable<string> objects = Objects.Select(o =>
            (Has(Things.Names | Things.SemaphoreNames) ? $"{o.Label} {o.IsNamed} " : "") + (Has(Things.Counts) ? $"{o.Value} " : "") + (Has(Things.Sizes) && o.Value == null ? $"{o.Size} " : "")
            + (Has(Things.Contents) || (Has(Things.Locks) && o.Kind == "pipe") ? $"{o.Sum} " : ""));
        return !Has(Things.All) ? "" : string.Join('|', objects.Append(Has(Things.Locks) ? Hidden : "").Append(Has(Things.Processes) ? string.Join(',', Lanes.Select(lane => $"{lane.State} {lane.Why}")) : ""));
    }

    /// <summary>现在可以走的进程。</summary>
    [JsonIgnore]
    public int[] Ready => [.. Enumerable.Range(0, Lanes.Length).Where(i => Lanes[i].State == State.Ready)];

    /// <summary>留下的名字；文件不算。</summary>
    [JsonIgnore]
    public string Left => string.Join('、', Objects.Where(o => o.IsNamed && o.Kind != "file").Select(o => o.Label));
}

/// <summary>一个进程的处境。</summary>
[JsonConverter(typeof(JsonStringEnumConverter<State>))]
internal enum State
{
    /// <summary>停在一条语句之前，可以走。</summary>
    Ready,

    /// <summary>睡在一个系统调用里，要别的进程叫醒它。</summary>
    Asleep,

    /// <summary>自己退出了。</summary>
    Exited,

    /// <summary>被信号终止了。</summary>
    Killed,

    /// <summary>到时限还没有停下：一直在跑，或不知在等什么。</summary>
    Running,
}

/// <summary>一个进程；描述符和映射，只有指着共享的东西的。</summary>
/// <param name="Title">给读者看的名字。</param>
/// <param name="Part">它运行的是第几个程序。</param>
/// <param name="Why">睡在哪里，退出码是几，死于什么信号。</param>
/// <param name="Frames">各层调用，最里面的在最后；结束了是空的。</param>
/// <param name="Output">打印了什么，按次序。</param>
internal sealed record LaneView(string Title, int Part, State State, string Why, FrameView[] Frames, OutputView[] Output, DescriptorView[] Descriptors, MappingView[] Mappings)
{
    /// <summary>停在哪里；没有停在语句之前时为 null。</summary>
    [JsonIgnore]
    public int? Site => Frames.Length > 0 ? Frames[^1].Site : null;

    /// <summary>登记了撤销，还没有收回：给人看不到的状态里，第一项是登记了几步。</summary>
    [JsonIgnore]
    public bool HasUndo => Frames is not [.., { Hidden: "0" or ['0', ';', ..] }];

    /// <summary>描述符的编号都写成它指着什么。</summary>
    public FrameView Plain(FrameView frame) => frame with { Variables = [.. frame.Variables.Select(v => v.IsDescriptor ? v with { Value = Meaning(v.Value) } : v)] };

    /// <summary>一层调用里的变量，连同不给人看的。</summary>
    public string Own(FrameView frame) => string.Join('|', Plain(frame).Variables.Select(v => $"{v.Name}={v.Value}")) + frame.Hidden;

    /// <summary>打印的，或者报错的。</summary>
    public string Printed(bool errors = false) => string.Concat(Output.Where(o => o.IsError == errors).Select(o => o.Text));

    /// <summary>一个描述符的编号，写成它指着什么；没有打开的写明是关了，还是 -1 之类。</summary>
    public string Meaning(string number) =>
        Descriptors.FirstOrDefault(d => d.Number.ToString(CultureInfo.InvariantCulture) == number) is { } open ? $"→ {open.Target} {open.Access} {open.Hidden}" : number.StartsWith('-') ? number : "→";
}

/// <summary>一层调用：函数、停在哪里、局部变量，和不给人看的状态（见 StageStop）。</summary>
internal sealed record FrameView(string Function, int Site, VariableView[] Variables, [property: JsonIgnore] string Hidden);

/// <summary>一个局部变量；<paramref name="IsDescriptor"/> 是值为一个描述符的编号。</summary>
internal sealed record VariableView(string Name, string Value, [property: JsonIgnore] bool IsDescriptor);

/// <summary>一段输出；<paramref name="IsError"/> 是标准错误。</summary>
internal sealed record OutputView(bool IsError, string Text);

/// <summary>一个描述符：编号、指着什么、怎样打开的（r、w、rw）；文件偏移和锁不给人看，也是状态。</summary>
internal sealed record DescriptorView(int Number, string Target, string Access, [property: JsonIgnore] string Hidden);

/// <summary>一段映射：什么的、从第几个字节起、多长、保护、共享还是私有、名字是不是已经没有了，和这一次演出里的地址。</summary>
/// <param name="Sum">私有的映射，内容的校验：写过的页是它自己的；共享的为 null。</param>
internal sealed record MappingView(
    string Target, long Offset, long Length, string Protection, bool IsShared, bool IsDeleted, [property: JsonIgnore] string Address,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? Sum);

/// <summary>一个共享的东西。</summary>
/// <param name="Label">名字；同名的先后有几个时，后面加序号。</param>
/// <param name="Kind">object、semaphore、memfd、file、pipe、segment；unnamed 是 sem_init 在别的东西里面创建的信号量，名字是那个东西的加上第几个字节。</param>
/// <param name="Size">字节；管道是里面还没有读走的。</param>
/// <param name="Bytes">开头的内容，十六进制，至多 96 字节；末尾的 0 略去。</param>
/// <param name="Sum">全部内容的校验。</param>
/// <param name="Value">信号量的值；不是信号量时为 null。</param>
/// <param name="Beyond">再往后不是 0 的几个整数，写成第几个字节起、是几，例如 <c>+128：2，+256：1</c>；没有为 null。</param>
internal sealed record ObjectView(
    string Label, string Kind, bool IsNamed, long Size, string Bytes, uint Sum, int? Value, int? Waiters,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Beyond = null);
