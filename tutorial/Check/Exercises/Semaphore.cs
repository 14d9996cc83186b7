namespace Check.Exercises;

/// <summary>10：信号量的初值不对，post 早于写入。</summary>
internal static class Semaphore
{
    public static Exercise Exercise => new("10-semaphore", "信号量的初值与次序", "tutorial/10-shm-semaphore.md，示例 examples/10-ShmSemaphore",
    [
        "信号量的值在这里数的是什么？一个值也没有写的时候，它应当是几？",
        "两处：谁创建信号量，看它的初值；谁 post，看 post 和写入哪个在前。接收方醒来的那一刻，值必须已经在内存里。",
    ], trial => new Handover(trial, () => $"{Trial.Fresh()}", text => BitConverter.GetBytes(int.Parse(text, null))).Check());
}
