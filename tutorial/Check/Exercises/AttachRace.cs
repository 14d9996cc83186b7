using System.Text;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>09：接收方在发送方写完之前就问大小、读内容。</summary>
internal static class AttachRace
{
    public static Exercise Exercise => new("09-attach-race", "接得太早", "tutorial/12-attach-race.md，示例 examples/12-AttachRace、examples/10-ShmSemaphore/Receiver",
    [
        "接收方哪一步依赖发送方已经做完的事？大小和内容，各在发送方的哪一步之后才有？",
        "信号量说「写完了」。凡是要看对象的，都应当在等到它之后。",
    ], Check);

    private static void Check(Trial trial)
    {
        new Handover(trial, () => Text(40), Encoding.UTF8.GetBytes).Check();
        string whole = Text(3 * getpagesize());
        Ending ending = trial.Run(Trial.Name(), whole);
        if (ending.Status != 0 || !ending.Output.Contains(whole)) throw new Rejected($"接收方读出全部 {whole.Length} 字节的文字", ending.Describe());
    }

    private static string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + Random.Shared.Next(26))));
}
