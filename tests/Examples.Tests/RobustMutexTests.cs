using System.Runtime.InteropServices;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>20 持有锁的进程死了。</summary>
public sealed class RobustMutexTests
{
    private const string Project = "20-RobustMutex";

    [Fact]
    [Trait("Statement", "R1")]
    [Trait("Statement", "R2")]
    [Trait("Statement", "R3")]
    [Trait("Statement", "R4")]
    public async Task A_mutex_tells_that_its_owner_died_a_semaphore_waits_and_flock_says_nothing()
    {
        Finished[] runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Suite.Run(Project)));

        var amounts = new HashSet<long>();
        foreach (Finished run in runs)
        {
            run.ShouldObserveAsExpected();
            long half = Observation.Numbers(run.Holds("R1", "SIGKILL", "EOWNERDEAD")).Last();
            half.ShouldBeInRange(1, 999);
            run.Holds("R2", "pthread_mutex_consistent", "再 lock，成功").ShouldEndWith("账上少了 0");
            run.Holds("R3", "SIGKILL", "sem_clockwait 等了 1 秒，ETIMEDOUT");
            run.Holds("R4", "SIGKILL", "再拿成功").ShouldEndWith($"账上少了 {half}");
            run.Holds("R5", "退出码 0").ShouldEndWith("账上少了 0");
            run.Error.ShouldBeEmpty();
            amounts.Add(half);
        }

        amounts.Count.ShouldBeGreaterThan(1, "每次转的数目应当不同");
    }

    [Fact]
    [Trait("Statement", "R5")]
    public async Task With_a_number_of_times_only_the_two_at_once_are_shown()
    {
        Finished run = (await Suite.Run(Project, "12345")).ShouldObserveAsExpected();

        run.Lines.ShouldHaveSingleItem();
        run.Holds("R5", "父子同时各转 12345 次", "退出码 0").ShouldEndWith("账上少了 0");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Statement", "R5")]
    public async Task When_the_child_is_killed_inside_the_parent_repairs_and_finishes(bool isParentDone)
    {
        await using var running = new Running(Suite.Command(Project, "1000000"));
        int child = await running.StoppedChild();
        await using FileStream bank = await Bank(child);

        // 子进程停着，父进程转完自己的，睡在 waitpid 里；或者两个还在抢锁。
        if (isParentDone)
        {
            (await Stop(bank, child, isInside: false)).ShouldBeTrue();
            await Eventually.True(() => IsInside(bank, 0) && Outside.IsSleeping(running.Pid), "父进程转完");
        }

        (await Stop(bank, child, isInside: true)).ShouldBeTrue();
        kill(child, SIGKILL).ShouldBe(0);

        Finished run = (await running.Finish()).ShouldObserveAsExpected();
        run.Holds("R5", "子进程SIGKILL").ShouldEndWith("账上少了 0");
    }

    [Fact]
    [Trait("Statement", "R5")]
    public async Task When_the_parent_is_killed_inside_the_child_repairs_and_finishes()
    {
        // 机器忙的时候，父进程可能在停住它之前就转完了：多转一些，再来。
        int times = 2_000_000;
        while (!await KilledInside(times)) times *= 4;
    }

    private static async Task<bool> KilledInside(int times)
    {
        await using var running = new Running(Suite.Command(Project, $"{times}"));
        int child = await running.StoppedChild();
        running.Send(SIGSTOP);

        // 内存没有名字，留一个描述符，等两个都结束了再看账。子进程停着也不能持有锁，父进程才拿得到。
        await using FileStream bank = await Bank(child);
        if (!await Stop(bank, child, isInside: false) || !await Stop(bank, running.Pid, isInside: true))
        {
            kill(child, SIGKILL).ShouldBe(0);
            running.Send(SIGCONT);
            return false;
        }

        running.Send(SIGKILL);
        kill(child, SIGCONT).ShouldBe(0);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGKILL);
        await Eventually.True(() => !Outside.IsRunning(child), "子进程转完");
        long[] total = Accounts(bank);
        total[0].ShouldBeInRange(100_000, 1_000_000);
        (total[1] + total[2]).ShouldBe(total[0]);
        IsInside(bank, 0).ShouldBeTrue("锁应当放开了");
        return true;
    }

    [Fact]
    public async Task A_parent_that_is_ended_takes_its_child_along()
    {
        await using var running = new Running(Suite.Command(Project, "1000000000"));
        await Eventually.True(() => running.Children.Length == 1, "子进程启动了");
        int child = running.Children[0];

        running.Send(SIGTERM);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        await Eventually.True(() => !Outside.IsRunning(child), "子进程也结束了");
    }

    [Fact]
    public unsafe void A_mutex_unlocked_without_repair_is_lost_for_ever()
    {
        pthread_mutex_t* mutex = (pthread_mutex_t*)NativeMemory.AllocZeroed((nuint)sizeof(pthread_mutex_t));
        pthread_mutexattr_t robust;
        pthread_mutexattr_init(&robust).ShouldBe((Errno)0);
        pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST).ShouldBe((Errno)0);
        pthread_mutex_init(mutex, &robust).ShouldBe((Errno)0);
        pthread_mutexattr_destroy(&robust).ShouldBe((Errno)0);

        // 锁属于线程：线程拿着它结束了，进程还在，也算。
        var owner = new Thread(() => pthread_mutex_lock(mutex));
        owner.Start();
        owner.Join();

        pthread_mutex_lock(mutex).ShouldBe(EOWNERDEAD);
        pthread_mutex_unlock(mutex).ShouldBe((Errno)0);
        pthread_mutex_lock(mutex).ShouldBe(ENOTRECOVERABLE);
        pthread_mutex_consistent(mutex).ShouldNotBe((Errno)0);
        pthread_mutex_destroy(mutex).ShouldBe((Errno)0);
        NativeMemory.Free(mutex);
    }

    [Fact]
    public unsafe void Sem_clockwait_takes_a_post_and_gives_up_at_a_time_that_has_passed()
    {
        byte* memory = stackalloc byte[64];
        sem_t* sem = (sem_t*)memory;
        sem_init(sem, 0, 1).ShouldBe(0);
        clock_gettime(CLOCK_MONOTONIC, out timespec_t now).ShouldBe(0);

        sem_clockwait(sem, CLOCK_MONOTONIC, now).ShouldBe(0);
        int second = sem_clockwait(sem, CLOCK_MONOTONIC, now);
        Errno error = errno;

        second.ShouldBe(-1);
        error.ShouldBe(ETIMEDOUT);
        sem_destroy(sem).ShouldBe(0);
    }

    // 子进程映射了内存，就过了「父进程还在吗」那一关；posix_spawn 的子进程在 exec 之前，看上去也映射着。
    private static Task<FileStream> Bank(int child) => Eventually.Get(
        () =>
        {
            bool hasMapped = Outside.CommandLine(child).Contains("move") && File.ReadLines($"/proc/{child}/maps").Any(line => line.Contains("/memfd:bank"));
            if (hasMapped) return File.OpenRead($"/proc/{child}/fd/3");
            kill(child, SIGCONT);
            Thread.Sleep(1);
            kill(child, SIGSTOP);
            return null;
        },
        "子进程映射内存");

    // 让它走一点，停住，直到停在持有锁（或没有拿着）的时候；它转完了，就等不到。
    private static async Task<bool> Stop(FileStream bank, int pid, bool isInside)
    {
        for (int i = 0; i < 300; i++)
        {
            kill(pid, SIGCONT);
            await Task.Delay(1);
            kill(pid, SIGSTOP);
            while (Outside.Stat(pid) is ["R" or "S" or "D", ..]) await Task.Yield();
            if (IsInside(bank, pid) == isInside) return true;
        }

        return false;
    }

    // robust 的锁由内核认主人，所以锁的第一个 int 就是主人的线程编号，没有人拿着是 0。
    private static bool IsInside(FileStream bank, int pid)
    {
        byte[] word = new byte[sizeof(int)];
        RandomAccess.Read(bank.SafeFileHandle, word, 0);
        return (MemoryMarshal.Read<int>(word) & 0x3FFFFFFF) == pid;
    }

    // 锁和信号量各占 64 字节，之后是合计与两个账户。
    private static long[] Accounts(FileStream bank)
    {
        byte[] content = new byte[3 * sizeof(long)];
        RandomAccess.Read(bank.SafeFileHandle, content, 128);
        return MemoryMarshal.Cast<byte, long>(content).ToArray();
    }
}
