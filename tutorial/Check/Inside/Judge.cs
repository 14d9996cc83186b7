global using Judge = Staged.Judge;

namespace Staged;

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using static Posix.Libc;

/// <summary>编进被检查的程序：替内核让一个调用失败一次；在舞台上时，等待不真的等，次数数得快。</summary>
internal static unsafe class Judge
{
    // 舞台不再停它之后，走过了这么多处（一百多万遍）：次数就几百万几百万地数。次数、钟都不看的，不必走这么久。
    private const int Many = 5_000_000;
    private static readonly string[]? Plan = Environment.GetEnvironmentVariable("JUDGE_FAIL")?.Split(' ');
    private static readonly bool Stops = Environment.GetEnvironmentVariable("JUDGE_STOPS") == "1";
    private static bool _failed;
    public static int Error => int.Parse(Plan![2], CultureInfo.InvariantCulture);
    /// <summary>x++ 加几。对方可以来得很晚，靠次数放弃的等待，数到多少都要到头。</summary>
    public static int Step => Last = Ask(Many * 3 / 2) > Many ? 1 << 22 : 1;
    public static int Last { get; private set; }
    /// <summary>代替 ==：几百万几百万地数的时候，跳过了也算数到了；很小的数（-1、0 之类）不是次数。</summary>
    public static bool Reached(long count, long limit) => count == limit || (limit > Many && Math.Abs(count - limit) < Step);

    /// <summary>这一次调用该失败了。只失败一次，之后照常；失败过就留下一个文件，检查器看得到。</summary>
    public static bool Fails(string call)
    {
        if (Stops && call is not ("munmap" or "close")) StageStop.Again();
        if (_failed || Plan == null || Plan[1] != call || (Plan[0] == "child") == (getppid() == int.Parse(Plan[3], CultureInfo.InvariantCulture))) return false;
        _failed = true;
        File.WriteAllText(Plan[4], call);
        Marshal.SetLastPInvokeError(Error);
        return true;
    }

    /// <summary>.NET 自己的调用失败，是抛出异常。</summary>
    public static T Throws<T>(string call, T value) => Fails(call) ? throw new IOException(strerror((Posix.Errno)Error)) : value;

    // 原样返回；类型参数不能是指针，另写两个。
    public static T Value<T>(T value) => value;
    public static void* Value(void* value) => value;
    public static sem_t* Value(sem_t* value) => value;

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

    /// <summary>代替 mmap：后面空一页，读过了头就死于信号，与那里碰巧有什么无关。</summary>
    public static void* mmap(void* start, nuint len, Posix.Protection prot, Posix.MapFlags flags, int fd, long offset)
    {
        if (Fails("mmap")) return MAP_FAILED;
        void* made = start != null ? MAP_FAILED : Posix.Libc.mmap(Posix.Libc.mmap(null, len + (nuint)getpagesize(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), len, prot, flags | MAP_FIXED, fd, offset);
        return made != MAP_FAILED ? made : Posix.Libc.mmap(start, len, prot, flags, fd, offset); // 有的不许指定地址，例如 io_uring
    }

    /// <summary>代替 waitpid；失败了，status 没有人写。ulimit -c 不是 0 的时候，死于 SIGXCPU（24）的还转储核心：总说转储了。</summary>
    public static int waitpid(int pid, out int status, Posix.WaitOptions options)
    {
        int ended = Fails("waitpid") ? (status = 0) - 1 : Posix.Libc.waitpid(pid, out status, options);
        if (status == 24) status |= 0x80;
        for (int i = 0; ended == 0 && i < 10; i++) Ask(); // 问一次内核，比数一次慢得多
        return ended;
    }

    /// <summary>代替自己声明的 sem_timedwait：在舞台上不等。</summary>
    public static int Timed(nint sem) => StageStop.sem_clockwait((sem_t*)sem, default, default);
    /// <summary>代替 File.Move：.NET 先看目标有没有，再改名，两步之间也停。</summary>
    public static void Move(string sourceFileName, string destFileName, bool overwrite = false) => File.Move(sourceFileName, Before(overwrite || !File.Exists(destFileName)) ? destFileName : throw new IOException($"The file '{destFileName}' already exists."), overwrite: true);
    /// <summary>在舞台上不睡，算走过一处。</summary>
    public static bool Sleeps() => Ask() > 0;
    public static void Sleep(TimeSpan timeout)
    {
        if (!Sleeps() || timeout < TimeSpan.Zero) Thread.Sleep(timeout);
    }

    public static void Sleep(int millisecondsTimeout) => Sleep(TimeSpan.FromMilliseconds(millisecondsTimeout));
    /// <summary>代替 PeriodicTimer 的：也不等。</summary>
    public static ValueTask<bool> Tick(PeriodicTimer timer) => StageStop.IsOn ? new(Ask() >= 0) : timer.WaitForNextTickAsync();
    /// <summary>代替 Thread.Yield 与 SpinOnce：在舞台上只有它在走，不用让。</summary>
    public static bool Yield() => Ask() == 0 && Thread.Yield();
    /// <summary>代替 Enumerable.Range：也是一次次地数。</summary>
    public static IEnumerable<int> Range(int start, int count)
    {
        for (long i = 0; i < count; i += Step) yield return start + (int)i;
    }

    /// <summary>代替没有期限的 SpinUntil：库里的，每问一遍真的睡一毫秒。</summary>
    public static void SpinUntil(Func<bool> condition)
    {
        while (!condition()) Yield();
    }

    // 在舞台上走过了几处：睡一次、让一次、数一次也算一处。
    private static int Ask(int most = 0)
    {
        if (!StageStop.IsOn) return 0;
        StageStop.MostPassed = Math.Max(StageStop.MostPassed, most);
        if (StageStop.IsFree) StageStop.Again();
        return StageStop.Passed + 1;
    }
}
