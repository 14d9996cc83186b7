using static Posix.Libc;

namespace Check.Exercises;

/// <summary>06：刚创建的对象大小是 0。</summary>
internal static class Ftruncate
{
    public static Exercise Exercise => new("06-ftruncate", "对象的大小", "tutorial/10-shm-semaphore.md、14-shm-full.md，示例 examples/10-ShmSemaphore/Sender",
    [
        "每个调用都返回成功，错在它们之间少了一步。刚创建的共享内存对象有多大？ls -l /dev/shm 看看。",
        "man 3 shm_open：A new shared memory object initially has zero length。哪个调用能改它？要在访问映射的内存之前。",
    ], Check);

    private static void Check(Trial trial)
    {
        Exchange.ParentToChild(trial, "父进程写入值，子进程读出同一个值，最后什么也不留");
        foreach (string call in new[] { "ftruncate", "posix_fallocate" }) Unlink.Failing(trial, call, ENOSPC, child: false);
    }
}
