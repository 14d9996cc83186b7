using System.Collections.Concurrent;
using System.Globalization;

namespace Examples.Tests.Support;

/// <summary>等一个进程，直到它结束，或看出它挂住了。慢不算挂住：机器再忙，只要它和它的子孙还有动静，就接着等。</summary>
/// <remarks>动静是进程的增减、状态的变化、用掉的 CPU 时间。每秒看一次，连着 <see cref="Looks"/> 次都一样才算挂住；数的是看了几次，所以测试自己得不到 CPU 时也不会冤枉别人。</remarks>
internal sealed class Patience : IDisposable
{
    /// <summary>怎么也不该超过的时间，留给空转不停的程序。</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(15);

    private const int Looks = 60;

    // 每个测试启动的进程。测试在等一个条件时（Eventually），看的也是它们有没有动静。
    private static readonly ConcurrentDictionary<Patience, string> Watched = new();

    private readonly CancellationTokenSource _giveUp = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private int _pid;

    /// <summary>给启动进程的调用：挂住了就取消，进程连同子孙被强行结束。</summary>
    public CancellationToken Token => _giveUp.Token;

    /// <summary>放弃的原因；没有放弃是 null。</summary>
    public string? GaveUp { get; private set; }

    /// <summary>从现在起看着这个进程。</summary>
    /// <param name="pid">进程编号。</param>
    /// <param name="forEver">它本来就什么也不做，由测试结束时终止：不看它有没有动静。</param>
    public void Watch(int pid, bool forEver = false)
    {
        _pid = pid;
        if (forEver) return;
        Watched[this] = Test();
        _ = Look();
    }

    /// <summary>立即结束进程。</summary>
    public Task End() => _giveUp.CancelAsync();

    public void Dispose()
    {
        Watched.TryRemove(this, out _);
        _giveUp.Cancel();
        _giveUp.Dispose();
    }

    /// <summary>等一个条件，直到它成立，或这个测试的进程都没有动静了。</summary>
    /// <param name="met">看一次条件。</param>
    /// <returns>成立是 null；放弃了是原因。</returns>
    public static async Task<string?> Until(Func<bool> met)
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        var still = new Stillness(() => string.Concat(Watched.Where(watched => watched.Value == Test()).Select(watched => Trace(watched.Key._pid))));
        while (!met())
        {
            if (still.Why() is { } why) return why;
            await tick.WaitForNextTickAsync(cancelled);
        }

        return null;
    }

    private static string Test() => TestContext.Current.Test?.UniqueID ?? "";

    private async Task Look()
    {
        var still = new Stillness(() => Trace(_pid));
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await tick.WaitForNextTickAsync(_giveUp.Token))
            {
                if (still.Why() is not { } why) continue;
                GaveUp = why;
                await _giveUp.CancelAsync();
                return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // 进程已经结束，没有什么可看的了。
        }
    }

    /// <summary>一个进程和它的子孙此刻的样子：编号、状态、用掉的 CPU 时间。</summary>
    private static string Trace(int pid)
    {
        string[] stat = Outside.Stat(pid);
        return stat.Length < 15 ? "" : string.Create(CultureInfo.InvariantCulture, $"{pid} {stat[0]} {stat[11]} {stat[12]} {stat[13]} {stat[14]}\n")
            + string.Concat(Outside.AllChildren(pid).Select(Trace));
    }

    /// <summary>数连着几次看到的都一样；一秒至多看一次。</summary>
    private sealed class Stillness(Func<string> trace)
    {
        private readonly long _start = Environment.TickCount64;
        private long _looked = Environment.TickCount64;
        private string _last = trace();
        private int _same;

        public string? Why()
        {
            long now = Environment.TickCount64;
            if (now - _looked < 900) return null;
            _looked = now;
            string seen = trace();
            _same = seen == _last ? _same + 1 : 0;
            _last = seen;
            return _same >= Looks ? string.Create(CultureInfo.InvariantCulture, $"连着看了 {Looks} 次，都没有动静：\n{seen}")
                : now - _start > Ceiling.TotalMilliseconds ? string.Create(CultureInfo.InvariantCulture, $"{Ceiling.TotalMinutes} 分钟了还没有完：\n{seen}")
                : null;
        }
    }
}
