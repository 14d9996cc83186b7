using Examples.Tests.Support;

namespace Examples.Tests;

/// <summary>16 的两个小程序：能取消的等待，和 MemoryMappedFile 里要试过才知道的三件事。</summary>
public sealed class WaitingTests
{
    private const string Waiting = "16-Waiting", Views = "16-Views";

    [Fact]
    [Trait("Statement", "K1")]
    public async Task Cancelling_a_task_leaves_its_thread_in_sem_wait_and_waiting_in_slices_can_be_limited_and_cancelled()
    {
        Finished run = (await Suite.Run(Waiting)).ShouldObserveAsExpected();

        run.Holds("K1", "取消等 sem_wait 的 Task", nameof(OperationCanceledException), "剩 0");
        run.Holds("K1", "没有 post", "返回 False");
        run.Holds("K1", "毫秒后取消", nameof(OperationCanceledException), "返回 True");
        run.Observations.Length.ShouldBe(3);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Statement", "H1")]
    [Trait("Statement", "X9")]
    public async Task A_view_does_not_begin_at_its_pointer_and_Interlocked_Read_needs_a_writable_mapping()
    {
        Finished[] runs = await Task.WhenAll(Suite.Run(Views), Suite.Run(Views));

        int page = Environment.SystemPageSize;
        long[] numbers = [.. runs.Select(run =>
        {
            run.ShouldObserveAsExpected().Holds("X9", $"大小 {2 * page}，占用 0 块");
            run.Holds("H1", "Interlocked.Read 读 0，死于 SIGABRT", "退出码 0");
            string view = run.Holds("H1", $"视图从第 {page + 904} 字节起", "AcquirePointer 处是 0，差 PointerOffset 904");
            return Observation.Numbers(view)[1];
        })];
        numbers.ShouldBeUnique("写入的是新的随机值");
        Directory.GetFiles("/dev/shm", "Views-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_dev_shm_is_read_only_the_views_say_so_in_one_line()
    {
        Finished run = await (await Elsewhere.WithOwnShm("1m,ro", "exec \"$@\"", [Suite.Executable(Views)])).Finish();

        run.ShouldFailWith("/dev/shm/Views-");
    }
}
