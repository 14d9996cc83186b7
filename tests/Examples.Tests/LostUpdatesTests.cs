using System.Globalization;
using System.Text.RegularExpressions;
using Examples.Tests.Support;
using Posix;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>13 丢失的更新：两个进程同时加一个数。</summary>
public sealed partial class LostUpdatesTests
{
    private const string Project = "13-LostUpdates";
    private const int Usual = 10_000_000, MostByMutex = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(Usual)]
    [Trait("Statement", "K1")]
    [Trait("Statement", "F2")]
    public async Task With_a_semaphore_or_Interlocked_no_update_is_lost(int times)
    {
        Finished run = (await Suite.Run(Project, times == Usual ? [] : [$"{times}"])).ShouldObserveAsExpected();

        run.Holds("F2", $"各加 {times} 次，用 Interlocked.Increment：总数 {2 * times}");
        run.Holds("K1", $"各加 {Math.Min(times, MostByMutex)} 次，每次先 sem_wait 后 sem_post：总数 {2 * Math.Min(times, MostByMutex)}");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Unprotected_some_are_lost_and_it_reports_how_many()
    {
        // 丢多少看运气，一次运行可以一次不丢；一千万次里五次运行都不丢，就是加法受了保护。只有一个核也会丢：进程可以在读与写之间被换下。
        for (int attempt = 0; attempt < 5; attempt++)
        {
            (int total, int lost) = Unprotected((await Suite.Run(Project)).ShouldObserveAsExpected());
            (total + lost).ShouldBe(2 * Usual);
            lost.ShouldBeInRange(0, 2 * Usual - 1);
            if (lost > 0) return;
        }

        Assert.Fail($"五次运行，每次两个进程各加 {Usual} 次，一次也没有丢（{Environment.ProcessorCount} 个核）");
    }

    [Fact]
    [Trait("Statement", "K1")]
    [Trait("Statement", "F2")]
    public async Task On_a_single_core_it_is_just_as_exact()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/taskset"), "没有 taskset，不能把程序限制在一个核上。");

        Finished run = (await Suite.External("/usr/bin/taskset", "-c", FirstCpu(), Suite.Executable(Project)).Finish()).ShouldObserveAsExpected();

        run.Holds("F2", $"总数 {2 * Usual}");
        run.Holds("K1", $"总数 {2 * MostByMutex}");
    }

    [Fact]
    [Trait("Statement", "F2")]
    public async Task The_totals_it_prints_are_in_the_shared_memory()
    {
        using var stuck = new FullPipe();
        await using Running running = stuck.Start(Project);
        using Shared shared = await Open(running);

        // 两个子进程都结束了，父进程停在第一行输出上，共享内存还在。
        await Eventually.True(() => shared.ByMutex == 2 * MostByMutex && running.Children.Length == 0, "两个进程加完了");
        (int total, int interlocked) = (shared.Unprotected, shared.ByInterlocked);
        string printed = stuck.Drain();
        (await running.Finish()).ExitCode.ShouldBe(0);

        interlocked.ShouldBe(2 * Usual);
        (printed + stuck.Drain()).ShouldContain($"总数 {total}，");
    }

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Who_holds_the_semaphore_keeps_both_processes_out()
    {
        await using var running = new Running(Suite.Command(Project));
        using Shared shared = await Open(running);
        await Hold(running, shared);
        int held = shared.ByMutex;

        shared.ByInterlocked.ShouldBe(2 * Usual);
        held.ShouldBeLessThan(2 * MostByMutex);
        shared.Post();

        (await running.Finish()).ShouldObserveAsExpected().Holds("K1", $"总数 {2 * MostByMutex}");
    }

    [Fact]
    public async Task A_child_killed_half_way_ends_the_others_with_one_line()
    {
        await using var running = new Running(Suite.Command(Project));
        using Shared shared = await Open(running);
        int[] children = await Hold(running, shared);

        kill(children[0], SIGKILL).ShouldBe(0);

        (await running.Finish()).ShouldFailWith("waitpid(-1)", $"{children[0]}", "SIGKILL");
        await Eventually.True(() => !Outside.IsRunning(children[1]), "另一个子进程跟着结束");
    }

    [Theory]
    [InlineData(SIGTERM)]
    [InlineData(SIGKILL)]
    public async Task When_it_is_ended_its_children_end_too(Signal signal)
    {
        await using var running = new Running(Suite.Command(Project));
        using Shared shared = await Open(running);
        int[] children = await Hold(running, shared);

        running.Send(signal);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)signal);
        await Eventually.True(() => !children.Any(Outside.IsRunning), "子进程跟着结束");
    }

    // 两个子进程都到齐了，信号量早已初始化。
    private static async Task<Shared> Open(Running running)
    {
        Shared shared = await Eventually.Get(() => Shared.Map(running.Pid), "共享内存");
        await Eventually.True(() => shared.Arrived == 2, "两个子进程到齐");
        return shared;
    }

    // 测试取走信号量，两个子进程就都停在 sem_wait 上。它们先要加两个一千万次，所以赶得上；中途取到也一样。
    private static async Task<int[]> Hold(Running running, Shared shared)
    {
        await Eventually.True(() => shared.TryTake() || shared.ByMutex == 2 * MostByMutex, "信号量到手");
        shared.ByMutex.ShouldBeLessThan(2 * MostByMutex, "信号量取晚了，它们已经加完");
        int[] children = [];
        await Eventually.True(() => shared.ByInterlocked == 2 * Usual && (children = running.Children).Length == 2 && children.All(Outside.IsSleeping), "两个子进程都停下");
        return children;
    }

    private static (int Total, int Lost) Unprotected(Finished run)
    {
        Match match = TotalAndLost().Match(run.Reported("K1", $"各加 {Usual} 次，不加保护"));
        return (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    // 容器可以不给 0 号核：/proc/self/status 说给了哪些，形如 0-1 或 2,4。
    private static string FirstCpu() =>
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1].Split(',', '-')[0];

    [GeneratedRegex("总数 ([0-9]+)，丢了 ([0-9]+) 次$")]
    private static partial Regex TotalAndLost();

    /// <summary>程序的共享内存，测试经 /proc 也映射它：64 字节的信号量，然后四个 int。</summary>
    private sealed unsafe class Shared : IDisposable
    {
        private const int Length = 64 + (4 * sizeof(int));
        private readonly byte* _start;

        private Shared(byte* start) => _start = start;

        public int Arrived => Int(0);

        public int Unprotected => Int(1);

        public int ByInterlocked => Int(2);

        public int ByMutex => Int(3);

        public bool TryTake() => sem_trywait((sem_t*)_start) == 0;

        public void Post() => sem_post((sem_t*)_start).ShouldBe(0);

        public void Dispose() => munmap(_start, Length);

        /// <summary>还没有创建就返回 null。</summary>
        public static Shared? Map(int pid)
        {
            string path = Outside.OpenFiles(pid).FirstOrDefault(open => open.Target == "/memfd:lost-updates (deleted)").Path;
            int fd = path == null ? -1 : open(path, O_RDWR | O_CLOEXEC);
            if (fd == -1) return null;
            void* start = fstat(fd, out stat_t st) == 0 && st.st_size >= Length ? mmap(null, Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
            close(fd);
            return start == MAP_FAILED ? null : new Shared((byte*)start);
        }

        private int Int(int index) => Volatile.Read(ref *(int*)(_start + 64 + (index * sizeof(int))));
    }
}
