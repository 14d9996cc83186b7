using Posix;
using static Posix.Libc;

namespace Examples;

/// <summary>一次观察写成一句话，看到的值就在句子里：<c>✓ C5 写入 307：自己看到 307，文件里仍是 248</c>。</summary>
internal static unsafe class Observation
{
    private static readonly List<string> Differs = [];
    private static bool s_judged;

    /// <summary>有一次观察与应当的不同就是 1，否则 0。</summary>
    public static int ExitCode { get; private set; }

    /// <summary>看到的值，放进 <see cref="Observe"/> 的句子；与应当的不同，句末就说出来。</summary>
    /// <param name="seen">看到的。</param>
    /// <param name="expected">应当是多少。</param>
    /// <returns>看到的值。</returns>
    public static string Is<T>(T seen, T expected) =>
        Is($"{seen}", $"{expected}", EqualityComparer<T>.Default.Equals(seen, expected));

    /// <summary>应当是一个范围或条件，由调用者判断。</summary>
    /// <param name="seen">看到的。</param>
    /// <param name="expected">应当怎样，用文字说。</param>
    /// <param name="holds">是不是这样。</param>
    /// <returns>看到的值。</returns>
    public static string Is<T>(T seen, string expected, bool holds)
    {
        s_judged = true;
        if (!holds) Differs.Add($"应当是 {expected}，看到 {seen}");
        return $"{seen}";
    }

    /// <summary>打印一次观察。✓ 是句子里的值都如 <see cref="Is{T}(T, T)"/> 所说，✗ 是有不同；
    /// · 是没有比较，只报告。</summary>
    /// <param name="id">文章语句的编号，例如 C5。</param>
    /// <param name="sentence">一句话；之前打印的表格若用了 <see cref="Is{T}(T, T)"/>，也由它一起判断。</param>
    public static void Observe(string id, string sentence)
    {
        string mark = Differs.Count > 0 ? "✗" : s_judged ? "✓" : "·";
        string differs = Differs.Count > 0 ? "：" + string.Join('；', Differs) : "";
        if (differs != "") ExitCode = 1;
        s_judged = false;
        Differs.Clear();
        Console.WriteLine($"{mark} {id} {sentence}{differs}");
    }

    /// <summary>一次可以失败的调用的结果：<c>成功</c>，或错误的名字，例如 <c>EBUSY</c>。</summary>
    /// <param name="result">调用的返回值，-1 是失败。</param>
    public static string Outcome(int result) => result == -1 ? strerrorname_np(errno) : "成功";

    /// <inheritdoc cref="Outcome(int)"/>
    /// <param name="result">mmap 的返回值。</param>
    public static string Outcome(void* result) => result == MAP_FAILED ? strerrorname_np(errno) : "成功";

    /// <inheritdoc cref="Outcome(int)"/>
    /// <param name="result">直接返回的错误编号。</param>
    public static string Outcome(Errno result) => result == 0 ? "成功" : strerrorname_np(result);

    /// <summary>右边补空格到给定的列数，一个汉字占两列；排表格用。</summary>
    /// <param name="text">文字。</param>
    /// <param name="columns">列数。</param>
    public static string Pad(string text, int columns) =>
        text.PadRight(Math.Max(0, columns - text.Count(c => c > '\u2E7F')));
}
