using System.Runtime.InteropServices;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>20 拿着锁的进程死了。</summary>
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
            run.Holds("R3", "SIGKILL", "sem_clockwait 等 1 秒，ETIMEDOUT");
            run.Holds("R4", "SIGKILL", "再拿，成功").ShouldEndWith($"账上少了 {half}");
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

    [Fact]
    [Trait("Statement", "R5")]
    public async Task When_the_child_is_killed_the_parent_repairs_and_finishes()
    {
        await using var running = new Running(Suite.Command(Project, "1000000"));

        kill(await running.StoppedChild(), SIGKILL).ShouldBe(0);

        Finished run = (await running.Finish()).ShouldObserveAsExpected();
        run.Holds("R5", "子进程SIGKILL").ShouldEndWith("账上少了 0");
    }

    [Fact]
    [Trait("Statement", "R5")]
    public async Task When_the_parent_is_killed_the_child_repairs_and_finishes()
    {
        await using var running = new Running(Suite.Command(Project, "1000000"));
        int child = await running.StoppedChild();

        // 内存没有名字，留一个描述符，等两个都结束了再看账。
        using FileStream bank = File.OpenRead(Outside.OpenFiles(child).First(open => open.Target == "/memfd:bank (deleted)").Path);
        running.Send(SIGKILL);
        kill(child, SIGCONT).ShouldBe(0);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGKILL);
        await Eventually.True(() => !Outside.IsRunning(child), "子进程转完");
        byte[] content = new byte[128 + (3 * sizeof(long))];
        bank.ReadExactly(content);
        long[] total = MemoryMarshal.Cast<byte, long>(content.AsSpan(128)).ToArray();
        total[0].ShouldBeInRange(100_000, 1_000_000);
        (total[1] + total[2]).ShouldBe(total[0]);
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
}
