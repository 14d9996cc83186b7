using System.Text;
using Posix;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>09：接收方在发送方写完之前就问大小、读内容。</summary>
internal static unsafe class AttachRace
{
    public static Exercise Exercise => new("09-attach-race", "接得太早", "tutorial/12-attach-race.md，示例 examples/12-AttachRace、examples/10-ShmSemaphore/Receiver",
    [
        "接收方哪一步依赖发送方已经做完的事？大小和内容，各在发送方的哪一步之后才有？",
        "信号量说「写完了」。凡是要看对象的，都应当在等到它之后。",
    ], Check);

    private static void Check(Trial trial)
    {
        string text = Text(40);
        Ending whole = trial.Run(Trial.Name(), text);
        if (whole.Status != 0 || !whole.Output.Contains(text)) throw new Rejected($"接收方读出「{text}」", whole.Describe());
        whole.LeaveNothing();

        // 检查器当发送方：先只有名字，再有大小，再有内容，最后 post；每一步之间都等接收方安静下来。
        foreach (int length in new[] { 12, 3 * getpagesize() }) Receive(trial, Text(length));
        Send(trial, Text(2 * getpagesize()));
    }

    private static void Receive(Trial trial, string text)
    {
        string name = Trial.KeptName("_sem");
        byte[] message = Encoding.UTF8.GetBytes(text);
        using SharedObject made = SharedObject.Create(name, 0);
        sem_t* sem = SharedObject.CreateSemaphore(name + "_sem", 0);
        using Play play = trial.Start("receiver", name);
        string expected = $"接收方在发送方之前来，等到 post 之后读出完整的文字（{message.Length} 字节）";

        play.UntilWaitingOn($"/dev/shm/sem.{name[1..]}_sem", expected + "（现在对象的大小还是 0）");
        made.Resize(message.Length);
        play.Quiet(TimeSpan.FromSeconds(0.15));
        if (play.HasEnded) throw new Rejected(expected, $"发送方刚设好大小，还没有写，接收方就不等了：{play.Finish().Describe()}");
        made.Write(0, message);
        sem_post(sem);
        sem_close(sem);
        Ending ending = play.Finish(expected);
        if (ending.Status != 0 || !ending.Output.Contains(text)) throw new Rejected(expected, ending.Describe());
        ending.LeaveNothing();
    }

    // 检查器当接收方：等到之后，大小和内容都要已经是对的。
    private static void Send(Trial trial, string text)
    {
        string name = Trial.KeptName("_sem");
        byte[] message = Encoding.UTF8.GetBytes(text);
        using SharedObject made = SharedObject.Create(name, 0);
        sem_t* sem = SharedObject.CreateSemaphore(name + "_sem", 0);
        Ending ending = trial.Run("sender", name, text);
        bool posted = sem_trywait(sem) == 0;
        sem_close(sem);
        if (ending.Status != 0 || !posted || made.Read().AsSpan().IndexOf(message) != 0)
        {
            throw new Rejected("发送方设好大小，写完文字，再 post", $"{ending.Describe()}；{(posted ? "post 了" : "没有 post")}，对象有 {made.Size} 字节，应当是 {message.Length} 字节");
        }
    }

    private static string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + Random.Shared.Next(26))));
}
