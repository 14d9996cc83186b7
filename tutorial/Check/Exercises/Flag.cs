using System.Runtime.InteropServices;

namespace Check.Exercises;

/// <summary>17：没有信号量，内容与标志。</summary>
internal static class Flag
{
    public static Exercise Exercise => new("17-flag", "内容与标志", "tutorial/13-lost-updates.md、portability.md",
    [
        "接收方看到标志的那一刻，内容写了吗？两行的次序是什么？",
        "Volatile.Write 之前的写入，不会挪到它之后；Volatile.Read 之后的读取，不会挪到它之前。",
    ], Check);

    private static void Check(Trial trial)
    {
        int value = Trial.Fresh();
        trial.Run($"{value}").Must($"接收方读出 {value}", value);
        var handover = new Handover(trial, () => $"{Trial.Fresh()}", text => BitConverter.GetBytes(int.Parse(text, null)), named: false);
        handover.ReceiverFirst();
        handover.SenderFirst();
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64) trial.Note = "这台机器是 x64，CPU 不把写入换次序；少了 Volatile 在 arm64 上会错，这里看不出来";
    }
}
