namespace Examples.Tests.Support;

/// <summary>等一个从外面看得到的条件成立；不假定要多久，只在这个测试的进程都没有动静了的时候放弃。</summary>
internal static class Eventually
{
    /// <summary>反复求值，直到得到非 null 的结果。</summary>
    /// <param name="probe">求值；还没有结果时返回 null。</param>
    /// <param name="what">等的是什么，放弃的时候说。</param>
    public static async Task<T> Get<T>(Func<T?> probe, string what)
        where T : class
    {
        T? result = null;
        return await Patience.Until(() => (result = probe()) != null) is { } why ? throw new TimeoutException($"没有等到：{what}。{why}") : result!;
    }

    /// <summary>反复求值，直到为 true。</summary>
    /// <param name="condition">条件。</param>
    /// <param name="what">等的是什么，放弃的时候说。</param>
    public static Task True(Func<bool> condition, string what) => Get(() => condition() ? what : null, what);
}
