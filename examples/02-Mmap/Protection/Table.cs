using Posix;
using static Posix.Libc;

/// <summary>表的行、预期和排版。</summary>
internal static class Table
{
    public const string Allowed = "允许";

    // POSIX 准许实现多给权限，只有两条不许：没有 PROT_WRITE 却能存，PROT_NONE 却能碰。
    // 没有 PROT_EXEC 不能执行，是 Linux 在 x64 与 arm64 上做到的。
    private const string Open = "未规定";

    public static readonly (string Name, Protection Prot)[] Rows =
    [
        ("PROT_NONE", PROT_NONE),
        ("PROT_READ", PROT_READ),
        ("PROT_WRITE", PROT_WRITE),
        ("PROT_EXEC", PROT_EXEC),
        ("PROT_READ | PROT_WRITE", PROT_READ | PROT_WRITE),
        ("PROT_READ | PROT_EXEC", PROT_READ | PROT_EXEC),
    ];

    /// <summary>观察一行。读一格：单独的 PROT_WRITE、PROT_EXEC 常常也可读，POSIX 没有规定，不判断。</summary>
    /// <param name="name">保护，C 的写法。</param>
    /// <param name="prot">保护。</param>
    /// <param name="recorded">内核在 /proc/self/maps 里记下的权限，例如 rw-s。</param>
    /// <param name="seen">读、存、执行各怎样。</param>
    public static void ObserveRow(string name, Protection prot, string recorded, params string[] seen)
    {
        string[] expected =
        [
            prot.HasFlag(PROT_READ) ? Allowed : prot == PROT_NONE ? "SIGSEGV" : Open,
            prot.HasFlag(PROT_WRITE) ? Allowed : "SIGSEGV",
            prot.HasFlag(PROT_EXEC) ? Allowed : "SIGSEGV",
        ];
        bool holds = expected.Zip(seen).All(cell => cell.First == Open || cell.First == cell.Second);
        Examples.Observation.Observe("C3", $"{name,-22}（内核记作 {recorded}）读 存 执行", Line(expected), Line(seen).TrimEnd(), holds);
    }

    public static int Usage()
    {
        Console.Error.WriteLine("用法：Protection（没有参数；子进程由它自己启动）");
        return 2;
    }

    // 一个汉字占两列。
    private static string Line(string[] cells) => string.Join(' ', cells.Select(cell => cell.PadRight(7 - cell.Count(c => c > '\x7F'))));
}
