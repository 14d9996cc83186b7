using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>一次测量，放在共享内存的开头。C 的一方是 tests/native/reading.h，Python 的一方是 reading.py。</summary>
/// <remarks>位置写明，不靠编译器排：改动要三处一起改。没有引用、没有 bool、没有 char，每个字段在各语言里都一样宽。</remarks>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct Reading
{
    /// <summary>放地点的字节数，含结尾的 NUL。</summary>
    public const int PlaceSize = 16;

    /// <summary>C 的 int32_t。之后空 4 字节：int64_t 要从 8 的倍数开始。</summary>
    [FieldOffset(0)] public int Number;

    /// <summary>C 的 int64_t，1970 年以来的纳秒。</summary>
    [FieldOffset(8)] public long Time;

    /// <summary>C 的 double。</summary>
    [FieldOffset(16)] public double Celsius;

    /// <summary>C 的 char[16]：UTF-8，以 NUL 结尾。</summary>
    [FieldOffset(24)] public fixed byte Place[PlaceSize];

    /// <summary>C 的 uint8_t，0 或 1。之后空 7 字节：整个结构是 8 的倍数。</summary>
    [FieldOffset(40)] public byte Valid;

    /// <summary>各字段，写成一行；各语言的程序写得一样。</summary>
    public override string ToString()
    {
        fixed (byte* place = Place)
        {
            // 只在 16 字节之内找 NUL：对方写的不一定有结尾。
            var bytes = new ReadOnlySpan<byte>(place, PlaceSize);
            int end = bytes.IndexOf((byte)0);
            string text = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
            return string.Create(CultureInfo.InvariantCulture, $"number={Number} time={Time} celsius={Celsius} valid={Valid} place={text}");
        }
    }
}
