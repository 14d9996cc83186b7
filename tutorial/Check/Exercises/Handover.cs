using System.Runtime.InteropServices;
using System.Text;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>09、10、17：发送方写好，说一声；接收方等到之后读。</summary>
/// <param name="text">怎样把一个新的内容写成参数；打印出来也是它。</param>
/// <param name="bytes">它在对象里的字节。</param>
/// <param name="named">对象有名字，是第一个参数；没有名字的，内容可以在对象里的任何地方。</param>
internal sealed class Handover(Trial trial, Func<string> text, Func<string, byte[]> bytes, bool named = true)
{
    /// <summary>09：一段文字，多长都行。</summary>
    public static void Text(Trial trial)
    {
        new Handover(trial, () => Trial.Text(40), Encoding.UTF8.GetBytes).Check();

        // 正好装满几页：后面没有 0，也没有多出来的字节。
        string whole = Trial.Text((3 * getpagesize()) - Encoding.UTF8.GetByteCount(Trial.Text(0)));
        Ending ending = trial.Run(Trial.Name(), whole);
        if (ending.Status != 0 || !ending.Output.Contains(whole)) throw new Rejected($"接收方读出全部 {whole.Length} 个字的文字", ending.Describe());
    }

    /// <summary>10：一个值，一个信号量。</summary>
    public static void Value(Trial trial) => new Handover(trial, () => $"{Trial.Fresh()}", text => BitConverter.GetBytes(int.Parse(text, null))).Check();

    /// <summary>17：一个值，没有信号量。</summary>
    public static void Flag(Trial trial)
    {
        trial.Run("0").Must("接收方读出 0：等的是标志，值是几都一样", 0);
        new Handover(trial, () => $"{Trial.Fresh()}", text => BitConverter.GetBytes(int.Parse(text, null)), named: false).Check();
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64) trial.Note = "这台机器是 x64，CPU 不调换写入的次序；少了 Volatile 在 arm64 上会错，这里看不出来";
    }

    // 先整个运行，再让一方停在每一步。
    private void Check()
    {
        (string[] args, string sent) = Args();
        Ending whole = trial.Run(args);
        if (whole.Status != 0 || !whole.Output.Contains(sent)) throw new Rejected($"接收方读出「{Ending.Clean(sent)}」", whole.Describe());
        whole.LeaveNothing();

        int asks = ReceiverFirst();
        SenderFirst();
        if (asks > 0) Patient();
        for (int steps = 1; steps <= asks; steps++) Between(steps);
    }

    private (string[] Args, string Sent) Args() => text() is var sent && named ? ([Trial.Name(), sent], sent) : ([sent], sent);

    private (Show Show, int Receiver, int Sender) Both(string[] args)
    {
        Show show = trial.Stage(args, children: 2);
        return (show, show.Find("receiver"), show.Find("sender"));
    }

    // 接收方每次都走到不能再走，发送方才走一步：读得太早的、等一会儿就算了的，都在这里。
    // 返回：接收方若是一遍一遍地问，一遍有几步；睡着等的是 0。
    private int ReceiverFirst()
    {
        (string[] args, string sent) = Args();
        string expected = $"发送方走到哪一步，接收方都等，最后读出「{Ending.Clean(sent)}」";
        (Show show, int receiver, int sender) = Both(args);
        using (show)
        {
            show.Far(receiver);
            Look("发送方还一步没有走");
            var asking = new HashSet<int?>();
            for (int i = 0; i < 8 && show.Step(receiver); i++) asking.Add(show.Lanes[receiver].Site);
            using SharedObject? open = named ? SharedObject.Open("/dev/shm" + args[0]) : null;
            while (show.Step(sender))
            {
                // 发送方写到一半，是什么样子都有可能；没有 post，就不能读。
                if (show.Posted == 0 && open?.Size == bytes(sent).Length) open.Write(0, bytes(sent).AsSpan(0, (bytes(sent).Length + 1) / 2));
                show.Far(receiver);
                Look("发送方还没有结束");
            }

            show.InTurn();
            Look("发送方结束了");
            if (!show.Output.Contains(sent)) throw show.Refuse(expected, $"发送方结束了，{show.Said(receiver)}");
            return asking.Count;

            void Look(string when)
            {
                if ((show.HasEnded(receiver) || show.Output.Contains("读到", StringComparison.Ordinal)) && !show.Output.Contains(sent)) throw show.Refuse(expected, $"{when}，{show.Said(receiver)}");
            }
        }
    }

    // 发送方先走完，有信号量的，恰好 post 一次，在写好之后；接收方还没有看，检查器把内容换成另一个。
    private void SenderFirst()
    {
        (string[] args, string sent) = Args();
        (Show show, int receiver, int sender) = Both(args);
        using (show)
        {
            string other = text();
            using SharedObject? open = named ? SharedObject.Open("/dev/shm" + args[0]) : null;
            _ = show.Objects;
            if (show.Posted > 0) throw show.Refuse("信号量从 0 开始：还没有写好的值", $"发送方还一步没有走，信号量已经是 {show.Posted}");
            show.Far(sender, () => show.Posted > 0);
            if (show.Posted > 0 && open?.Bytes.AsSpan().IndexOf(bytes(sent)) != 0) throw show.Refuse("先写入，后 post", "发送方 post 过了，对象里的内容还不对");
            show.Far(sender);
            if (named && show.Posted is 0 or > 1) throw show.Refuse("发送方写入，post 一次", $"发送方走完，接收方一步没有走，post 了 {show.Posted} 次；{show.Said(sender)}");
            SharedObject? made = open ?? show.Objects.FirstOrDefault(o => o.Bytes.AsSpan().IndexOf(bytes(sent)) >= 0);
            int at = made?.Bytes.AsSpan().IndexOf(bytes(sent)) ?? -1;
            if (at < 0 || (named && at != 0)) throw show.Refuse("发送方把内容写入对象", $"发送方先走完；{show.Said(sender)}；对象{(made == null ? "里没有它，或者不在" : $"有 {made.Size} 字节，开头不是它")}");
            made!.Write(at, bytes(other));
            show.InTurn();
            if (!show.Output.Contains(other)) throw show.Refuse("接收方打印的是内存里的内容", $"发送方先走完，接收方还没有看，检查器把内容换成了「{Ending.Clean(other)}」；{show.Said(receiver)}");
        }
    }

    // 问了很多遍，发送方还没有来：不能不等了。
    private void Patient()
    {
        (Show show, int receiver, _) = Both(Args().Args);
        using (show)
        {
            show.Far(receiver);
            show.Free(receiver);
            if (show.HasEnded(receiver) || show.Output.Contains("读到", StringComparison.Ordinal)) throw show.Refuse("发送方多久不来，接收方就等多久", $"发送方一步没有走，接收方问了许多遍，就不等了：{show.Said(receiver)}");
        }
    }

    // 接收方问到一遍的半中间，发送方走完：先读了内容，后看标志的，在这里读到旧的。
    private void Between(int steps)
    {
        (string[] args, string sent) = Args();
        (Show show, int receiver, int sender) = Both(args);
        using (show)
        {
            show.Far(receiver);
            for (int i = 0; i < steps; i++) show.Step(receiver);
            show.Far(sender);
            show.InTurn();
            if (!show.Output.Contains(sent)) throw show.Refuse($"接收方问到哪里，发送方来了，读出的都是「{Ending.Clean(sent)}」", $"接收方停在问的半中间，发送方走完，接收方再走：{show.Said(receiver)}");
        }
    }
}
