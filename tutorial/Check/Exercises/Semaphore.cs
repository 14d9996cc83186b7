using Posix;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>10：信号量的初值不对，post 早于存。</summary>
internal static unsafe class Semaphore
{
    public static Exercise Exercise => new("10-semaphore", "信号量的初值与次序", "tutorial/10-shm-semaphore.md，示例 examples/10-ShmSemaphore",
    [
        "信号量的值在这里数的是什么？一条消息也没有写的时候，它应当是几？",
        "两处：谁造信号量，看它的初值；谁 post，看 post 和存值哪个在前。接收方醒来的那一刻，值必须已经在内存里。",
    ], Check);

    private static void Check(Trial trial)
    {
        Whole(trial);
        Send(trial);
        Receive(trial);
    }

    // 整个程序，让发送方停一停：这时信号量应当是 0，接收方应当在等。
    private static void Whole(Trial trial)
    {
        (string name, int value) = (Trial.Name(), Trial.Fresh());
        trial.Run(name, $"{value}").Must($"接收方读出 {value}", value);

        Trial.Stage(() => SlowSender(trial));
    }

    private static void SlowSender(Trial trial)
    {
        (string name, int value) = (Trial.Name(), Trial.Fresh());
        using Play play = trial.Start(name, $"{value}");
        Peer sender = play.Catch("启动一个进程，参数里有 sender", "sender");
        play.Quiet(TimeSpan.FromSeconds(0.2));
        if (play.HasEnded) throw new Rejected("发送方停着，接收方就一直等", $"检查器让发送方停住，接收方没有等：{play.Finish().Describe()}");

        sem_t* sem = sem_open(name + "_sem", 0);
        if (sem == SEM_FAILED) throw new Rejected($"有信号量 {name}_sem", "没有这个信号量");
        _ = sem_getvalue(sem, out int count);
        sem_close(sem);
        if (count != 0 || play.Output.Contains("接收方"))
        {
            throw new Rejected("发送方还没有存，信号量是 0，接收方在等", $"检查器让发送方停住，信号量是 {count}，接收方{(play.Output == "" ? "还没有打印" : $"已经打印了「{play.Output.Trim()}」")}");
        }

        sender.Continue();
        play.Finish().Must($"接收方等到发送方存好 {value}，读出它", value);
    }

    // 只启动发送方，对象的大小是 0：它一存就死。死的时候信号量还是 0，才是先存后 post。
    private static void Send(Trial trial)
    {
        string name = Trial.KeptName("_sem");
        using SharedObject made = SharedObject.Create(name, sizeof(int));
        sem_t* sem = SharedObject.CreateSemaphore(name + "_sem", 0);
        int value = Trial.Fresh();
        Ending ending = trial.Run("sender", name, $"{value}");
        bool posted = sem_trywait(sem) == 0;
        if (ending.Status != 0 || !posted || made.Find(value).Length == 0)
        {
            throw new Rejected($"发送方存好 {value}，再 post", $"{ending.Describe()}；{(posted ? "post 了" : "没有 post")}，对象里{(made.Find(value).Length > 0 ? "有" : "没有")}这个值");
        }

        made.Resize(0);
        trial.Run("sender", name, $"{Trial.Fresh()}");
        bool early = sem_trywait(sem) == 0 && made.Size == 0;
        sem_close(sem);
        if (early) throw new Rejected("先存，后 post", "检查器把对象缩成 0 字节，发送方死在存值的那一行，而信号量已经是 1：它先 post 了");
    }

    // 只启动接收方：它等着的时候换值，post 之后它应当读到新的。
    private static void Receive(Trial trial)
    {
        string name = Trial.KeptName("_sem");
        using SharedObject made = SharedObject.Create(name, sizeof(int));
        int old = Trial.Fresh();
        made.Write(0, old);
        sem_t* sem = SharedObject.CreateSemaphore(name + "_sem", 0);
        using Play play = trial.Start("receiver", name);
        play.UntilWaitingOn($"/dev/shm/sem.{name[1..]}_sem", "信号量是 0，接收方一直等");
        int value = Trial.Fresh();
        made.Write(0, value);
        sem_post(sem);
        sem_close(sem);
        string expected = $"信号量从 0 开始，检查器存好 {value} 再 post 一次，接收方就读到它，不是更早的 {old}";
        play.Finish(expected).Must(expected, value);
    }
}
