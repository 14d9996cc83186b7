using System.Runtime.InteropServices;
using System.Text;

/// <summary>一次测量，放在共享内存的开头；与 tests/native/reading.h、reading.py 里的要一起改。</summary>
/// <remarks>字段在各语言里一样宽，没有引用、bool、char；C# 的结构默认照 C 的规则排。</remarks>
internal unsafe struct Reading
{
    public const int PlaceSize = 16;
    public int Number;                  // 偏移 0，C 的 int32_t；之后空 4 字节：int64_t 要从 8 的倍数开始
    public long Time;                   // 偏移 8，C 的 int64_t，1970 年以来的纳秒
    public double Celsius;              // 偏移 16，C 的 double
    public fixed byte Place[PlaceSize]; // 偏移 24，C 的 char[16]：UTF-8，以 NUL 结尾
    public byte Valid;                  // 偏移 40，C 的 uint8_t，0 或 1；之后空 7 字节：整个结构是 8 的倍数

    // 只在 16 字节之内找 NUL：对方写入的不一定有结尾。
    private string Text => Encoding.UTF8.GetString(MemoryMarshal.CreateSpan(ref Place[0], PlaceSize)).Split('\0')[0];
    public override string ToString() =>
        FormattableString.Invariant($"number={Number} time={Time} celsius={Celsius} valid={Valid} place={Text}");
}
