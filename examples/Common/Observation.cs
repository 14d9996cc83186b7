namespace Examples;

/// <summary>把一次观察写成一行：文章的哪句话、预期什么、看到什么。</summary>
internal static class Observation
{
    private static bool _contradicted;

    /// <summary>有一次观察与预期不符就是 1，否则 0。</summary>
    public static int ExitCode => _contradicted ? 1 : 0;

    /// <summary>预期与看到的可以直接比较相等。</summary>
    /// <param name="id">文章语句的编号，例如 C5。</param>
    /// <param name="what">观察的是什么，一句话。</param>
    /// <param name="expected">预期的值。</param>
    /// <param name="seen">看到的值。</param>
    public static void Observe<T>(string id, string what, T expected, T seen) =>
        Observe(id, what, $"{expected}", $"{seen}", EqualityComparer<T>.Default.Equals(expected, seen));

    /// <summary>预期是一个范围或条件，由调用者判断是否符合。</summary>
    /// <param name="id">文章语句的编号。</param>
    /// <param name="what">观察的是什么，一句话。</param>
    /// <param name="expected">预期，用文字说。</param>
    /// <param name="seen">看到的值。</param>
    /// <param name="holds">看到的是否符合预期。</param>
    public static void Observe(string id, string what, string expected, string seen, bool holds)
    {
        _contradicted |= !holds;
        Console.WriteLine($"{id} {what}：预期 {expected}，看到 {seen}{(holds ? "" : "  ← 与预期不符")}");
    }

    /// <summary>标准没有规定，或这个系统不允许观察：只报告，不判断。</summary>
    /// <param name="id">文章语句的编号。</param>
    /// <param name="what">观察的是什么，一句话。</param>
    /// <param name="seen">看到的值，或没能观察的原因。</param>
    public static void Report(string id, string what, string seen) =>
        Console.WriteLine($"{id} {what}：看到 {seen}（只报告，不判断）");
}
