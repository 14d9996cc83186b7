using System.Globalization;
using System.Runtime.InteropServices;

/// <summary>编进被检查的程序：替内核让一个调用失败一次；在舞台上时，把钟拨快。</summary>
internal static unsafe class Judge
{
    private static readonly string[]? Plan = Environment.GetEnvironmentVariable("JUDGE_FAIL")?.Split(' ');
    private static readonly bool Stops = Environment.GetEnvironmentVariable("JUDGE_STOPS") == "1";
    private static long _late;
    private static bool _failed;

    /// <summary>要让它得到的错误编号。</summary>
    public static int Error => int.Parse(Plan![2], CultureInfo.InvariantCulture);

    /// <summary>这一次调用该失败了。只失败一次，之后照常；失败过就留下一个文件，检查器看得到。</summary>
    public static bool Fails(string call)
    {
        if (Stops) StageStop.Again();
        if (_failed || Plan == null || Plan[1] != call || (Plan[0] == "child") == (Posix.Libc.getppid() == int.Parse(Plan[3], CultureInfo.InvariantCulture))) return false;
        _failed = true;
        File.WriteAllText(Plan[4], call);
        Marshal.SetLastPInvokeError(Error);
        return true;
    }

    /// <summary>原样返回。</summary>
    public static T Value<T>(T value) => value;

    /// <summary>同上，指针。</summary>
    public static void* Value(void* value) => value;

    /// <summary>同上，信号量。</summary>
    public static Posix.Libc.sem_t* Value(Posix.Libc.sem_t* value) => value;

    /// <summary>同一条语句里，值算好了，还没有写入：在这里也停一次。</summary>
    public static T Before<T>(T value)
    {
        if (Stops) StageStop.Again();
        return value;
    }

    /// <summary>代替 spawn_self：有 out 参数，不能写成一个条件表达式。</summary>
    public static Posix.Errno spawn_self(out int pid, string[] args, params (int fd, int newfd)[] descriptors)
    {
        pid = -1;
        return Fails("spawn_self") ? (Posix.Errno)Error : Posix.Libc.spawn_self(out pid, args, descriptors);
    }

    /// <summary>代替 sem_clockwait：在舞台上不等，期限马上就到，对方可以来得更晚。</summary>
    public static int sem_clockwait(Posix.Libc.sem_t* sem, Posix.ClockId clock, in Posix.Libc.timespec_t until)
    {
        if (!StageStop.IsOn) return Posix.Libc.sem_clockwait(sem, clock, until);
        int result = Posix.Libc.sem_trywait(sem);
        if (result == -1 && Posix.Libc.errno == Posix.Libc.EAGAIN) Marshal.SetLastPInvokeError((int)Posix.Libc.ETIMEDOUT);
        return result;
    }

    /// <summary>代替 Thread.Sleep：在舞台上不睡，只把钟拨过去。</summary>
    public static void Sleep(TimeSpan time)
    {
        if (!StageStop.IsOn || time < TimeSpan.Zero) Thread.Sleep(time);
        else _late += time.Ticks;
    }

    /// <summary>同上，毫秒。</summary>
    public static void Sleep(int milliseconds) => Sleep(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>钟要拨快多少：在舞台上，每看一次就又过去两秒。对方可以来得很晚，靠钟放弃的等待就到了头。</summary>
    public static TimeSpan Late() => new(StageStop.IsOn ? _late += 2 * TimeSpan.TicksPerSecond : 0);
}
