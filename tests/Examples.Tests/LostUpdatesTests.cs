using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using CliWrap;
using Examples.Tests.Support;
using static Posix.Libc;

namespace Examples.Tests;

/// <summary>13 为什么需要信号量：互斥，以及次序。</summary>
[SupportedOSPlatform("linux")]
public sealed partial class LostUpdatesTests
{
    private const string Project = "13-LostUpdates";
    private const int Both = 200_000;
    private const int MaxRounds = 200;

    [Fact]
    [Trait("Statement", "K1")]
    [Trait("Statement", "F2")]
    public async Task With_a_semaphore_or_Interlocked_no_update_is_lost_and_every_letter_is_read_whole()
    {
        Finished run = (await Suite.Run(Project)).ShouldObserveAsExpected();

        run.Observation("K1", "先 sem_wait 后 sem_post").ShouldEndWith($"预期 {Both}，看到 {Both}");
        run.Observation("F2", "Interlocked").ShouldEndWith($"预期 {RoundsAndLost(run).Rounds * Both}，看到 {RoundsAndLost(run).Rounds * Both}");
        run.Observation("K1", "就 sem_post").ShouldEndWith("预期 100000，看到 100000");
        run.Observation("F2", "Volatile").ShouldEndWith("预期 100000，看到 100000");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Unprotected_it_repeats_until_updates_are_lost_and_reports_how_many()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Project), Suite.Run(Project));

        foreach (Finished run in runs)
        {
            // 丢多少看运气，只有一个核时可以一次不丢；但不会多出来，也不会没丢就停。
            (int rounds, int lost) = RoundsAndLost(run.ShouldObserveAsExpected());
            rounds.ShouldBeInRange(1, MaxRounds);
            lost.ShouldBeInRange(rounds == MaxRounds ? 0 : 1, rounds * Both);
            Names(run.Pid).ShouldBeEmpty();
        }
    }

    [Fact]
    [Trait("Statement", "K1")]
    public async Task On_a_single_core_it_also_ends_and_is_exact()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/taskset"), "没有 taskset，不能把程序限制在一个核上。");

        (await Suite.External("/usr/bin/taskset", "-c", FirstCpu(), Suite.Executable(Project)).Finish()).ShouldObserveAsExpected();
    }

    [Fact]
    [Trait("Statement", "K1")]
    [Trait("Statement", "F2")]
    public async Task The_totals_are_in_the_shared_object_where_others_see_them_until_it_is_ended_and_leaves_nothing()
    {
        using var stuck = new FullPipe();
        await using Running running = stuck.Start(Project);
        int pid = running.Pid;
        string file = string.Create(CultureInfo.InvariantCulture, $"/dev/shm/LostUpdates-{pid}");

        // 它停在第一行输出上，对象还在：用普通的读取看里面的五个 int。每轮会合两次，两种写信之前各一次，每次到两个进程。
        await Eventually.True(() => Counters(file) is [int arrived, _, int rounds, Both, _] && rounds > 0 && arrived == (rounds * 4) + 4, "两个进程会合完了");
        int[] counters = Counters(file);
        counters[1].ShouldBeInRange(1, counters[2] * Both);
        counters[4].ShouldBe(counters[2] * Both);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Names(pid).Length.ShouldBe(3);

        kill(pid, SIGTERM).ShouldBe(0);

        (await running.Finish()).ExitCode.ShouldBe(128 + (int)SIGTERM);
        Names(pid).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_child_killed_half_way_ends_the_parent_with_one_line_and_leaves_nothing()
    {
        // 测试取走信号量，两个进程都停在半路；这时子进程没了。取晚了（它们已经加完）就再来一次。
        for (int attempt = 0; attempt < 10; attempt++)
        {
            using var stuck = new FullPipe();
            await using Running running = stuck.Start(Project);
            string file = $"/dev/shm/LostUpdates-{running.Pid}";
            await Eventually.True(() => File.Exists(file) && TryTake(running.Pid), "信号量到手");
            if (Counters(file) is [_, _, _, Both, _])
            {
                running.Send(SIGTERM);
                await running.Finish();
                continue;
            }

            await Eventually.True(() => running.Children.Length == 1, "子进程");
            kill(running.Children.Single(), SIGKILL).ShouldBe(0);

            (await running.Finish()).ShouldFailWith("waitpid(", "SIGKILL");
            Names(running.Pid).ShouldBeEmpty();
            return;
        }

        Assert.Skip("十次都取晚了，没有停在半路");
    }

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Who_holds_the_semaphore_keeps_both_processes_out()
    {
        // 测试自己取走信号量，两个进程就都停在 sem_wait 上。取晚了（它们已经加完）就再来一次。
        for (int attempt = 0; attempt < 10; attempt++)
        {
            using var stuck = new FullPipe();
            await using Running running = stuck.Start(Project);
            int pid = running.Pid;
            string file = string.Create(CultureInfo.InvariantCulture, $"/dev/shm/LostUpdates-{pid}");
            await Eventually.True(() => File.Exists(file) && TryTake(pid), "信号量到手");
            bool inTime = Counters(file) is not [_, _, _, Both, _];

            await Eventually.True(() => !inTime || (Counters(file)[2] > 0 && Outside.IsSleeping(pid) && Outside.Children(pid).All(Outside.IsSleeping)), "两个进程都停下");
            int held = Counters(file)[3];
            int waiting = Outside.Children(pid).Length;
            Post(pid);
            await Eventually.True(() => Counters(file)[3] == Both, "放开之后加完");
            kill(pid, SIGTERM).ShouldBe(0);
            await running.Finish();
            if (!inTime) continue;

            waiting.ShouldBe(1);
            held.ShouldBeLessThan(Both);
            return;
        }

        Assert.Skip("系统太忙，每次都没赶上。");
    }

    [GeneratedRegex("第 ([0-9]+) 轮丢了 ([0-9]+) 次")]
    private static partial Regex LostAfterRounds();

    private static (int Rounds, int Lost) RoundsAndLost(Finished run)
    {
        Match match = LostAfterRounds().Match(run.Observation("K1", "不加保护"));
        return (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    private static int[] Counters(string file)
    {
        if (!File.Exists(file)) return [];
        using FileStream stream = File.OpenRead(file);
        byte[] bytes = new byte[5 * sizeof(int)];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length ? [] : MemoryMarshal.Cast<byte, int>(bytes).ToArray();
    }

    private static unsafe bool TryTake(int pid)
    {
        sem_t* sem = sem_open(string.Create(CultureInfo.InvariantCulture, $"/LostUpdates-{pid}_mutex"), 0);
        if (sem == SEM_FAILED) return false;
        bool taken = sem_trywait(sem) == 0;
        sem_close(sem);
        return taken;
    }

    private static unsafe void Post(int pid)
    {
        sem_t* sem = sem_open(string.Create(CultureInfo.InvariantCulture, $"/LostUpdates-{pid}_mutex"), 0);
        sem_post(sem).ShouldBe(0);
        sem_close(sem);
    }

    // 容器可以不给 0 号核：/proc/self/status 说给了哪些，形如 0-1 或 2,4。
    private static string FirstCpu() =>
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1].Split(',', '-')[0];

    private static string[] Names(int pid) => Directory.GetFileSystemEntries("/dev/shm", string.Create(CultureInfo.InvariantCulture, $"*LostUpdates-{pid}*"));
}
