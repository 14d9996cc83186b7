// 有时限、能取消的等待。接着 16-DotNetWay，对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/16-Waiting
//
// 睡在 sem_wait 里的线程，.NET 没有办法叫醒它：取消的只是等它的代码。能取消的等待要自己做：一段一段地等。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int Slice = 50;

if (args.Length > 0) errx(2, "用法：Waiting（没有参数）");
unsafe
{
    var sem = (sem_t*)Must(mmap(null, (nuint)sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    Must(sem_init(sem, 1, 0));

    // 取消之后，线程还睡着；将来的 post 被它取走，而那时已经没有人要它的结果。
    Task sleeper = Task.Factory.StartNew(() => Must(sem_wait(sem)), TaskCreationOptions.LongRunning);
    string answer = Is(Answer(() => sleeper.Wait(Timeout.Infinite, Cancelled())), nameof(OperationCanceledException));
    Must(sem_post(sem));
    sleeper.Wait();
    Must(sem_getvalue(sem, out int left));
    Observe("K1", $"取消等 sem_wait 的 Task：{answer}；线程没有醒，之后的 post 被它取走，剩 {Is(left, 0)}");

    answer = Is(Answer(() => Wait(sem, 3 * Slice, default)), "False");
    Observe("K1", $"一段一段地等，时限 {3 * Slice} 毫秒，没有 post：返回 {answer}");
    answer = Is(Answer(() => Wait(sem, int.MaxValue, Cancelled())), nameof(OperationCanceledException));
    Must(sem_post(sem));
    string after = Is(Answer(() => Wait(sem, int.MaxValue, default)), "True");
    Observe("K1", $"同上，{Slice} 毫秒后取消：{answer}；之后的 post 留给下一次等待，返回 {after}");
    Must(sem_destroy(sem));
    Must(munmap(sem, (nuint)sizeof(sem_t)));
}

return ExitCode;

// 等这么多毫秒，等到了是真；0 就只试一次。取消了就抛出 OperationCanceledException，至多晚一段。
static unsafe bool Wait(sem_t* sem, int milliseconds, CancellationToken token)
{
    long end = Environment.TickCount64 + milliseconds, left = Slice;
    while (left == Slice)
    {
        token.ThrowIfCancellationRequested();
        left = Math.Clamp(end - Environment.TickCount64, 0, Slice);
        Must(clock_gettime(CLOCK_MONOTONIC, out timespec_t until));
        until.tv_nsec += left * 1_000_000;
        (until.tv_sec, until.tv_nsec) = (until.tv_sec + (until.tv_nsec / 1_000_000_000), until.tv_nsec % 1_000_000_000);
        if (Must(sem_clockwait(sem, CLOCK_MONOTONIC, until), null, (ETIMEDOUT, Allowed)) == 0) return true;
    }

    return false;
}

static CancellationToken Cancelled() => new CancellationTokenSource(Slice).Token;

static string Answer(Func<object> call)
{
    try { return $"{call()}"; }
    catch (OperationCanceledException e) { return e.GetType().Name; }
}
