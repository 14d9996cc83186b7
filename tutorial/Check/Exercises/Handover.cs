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
        trial.Run(Trial.Name(), whole).Must($"接收方读出全部 {whole.Length} 个字的文字", whole);
    }

    /// <summary>10：一个值，一个信号量。</summary>
    public static void Value(Trial trial) => OfValue(trial, named: true).Check();

    /// <summary>17：一个值，没有信号量。</summary>
    public static void Flag(Trial trial)
    {
        trial.Run("0").Must("接收方读出 0：等的是标志，值是几都一样", 0);
        OfValue(trial, named: false).Check();
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64) trial.Note = "这台机器是 x64，CPU 不把写入换次序；少了 Volatile 在 arm64 上会错，这里看不出来";
    }

    private static Handover OfValue(Trial trial, bool named) =>
        new(trial, () => $"{Trial.Fresh()}", text => BitConverter.GetBytes(int.Parse(text, null)), named);

    // 先整个运行，再让一方停在每一步。
    private void Check()
    {
        string sent = text();
        trial.Run(Args(sent)).Must($"接收方读出「{Ending.Clean(sent)}」", sent);
        int asks = ReceiverFirst();
        SenderFirst();
        for (int steps = 0; asks > 0 && steps <= asks; steps++) Between(steps);
    }

    private string[] Args(string sent) => named ? [Trial.Name(), sent] : [sent];

    private Show Start(out string sent, out SharedObject? open, out int receiver, out int sender)
    {
        string[] args = Args(sent = text());
        Show show = trial.Stage(args, children: 2);
        open = named ? SharedObject.Open("/dev/shm" + args[0]) : null;
        (receiver, sender) = (show.Find("receiver"), show.Find("sender"));
        return show;
    }

    // 接收方每次都走到不能再走，发送方才走一步：读得太早的、等一会儿就算了的，都在这里。
    // 返回：接收方若是一遍一遍地问，一遍有几步；睡着等的是 0。
    private int ReceiverFirst()
    {
        using Show show = Start(out string sent, out SharedObject? open, out int receiver, out int sender);
        using (open)
        {
            byte[] content = bytes(sent);
            show.Far(receiver);
            MustWait("发送方还一步没有走");
            var asking = new HashSet<int?>();
            for (int i = 0; i < 8 && show.Step(receiver); i++) asking.Add(show.Lanes[receiver].Site);
            while (show.Step(sender))
            {
                // 发送方写到一半，是什么样子都有可能；没有 post，就不能读。
                if (show.Posted == 0 && open?.Size == content.Length) open.Write(0, content.AsSpan(0, (content.Length + 1) / 2));
                show.Far(receiver);
                MustWait("发送方还没有结束");
            }

            show.InTurn();
            MustRead(show, receiver, sent, "发送方结束了");
            return asking.Count;
        }

        void MustWait(string when)
        {
            if (Reads(show, receiver)) MustRead(show, receiver, sent, when);
        }
    }

    // 发送方先走完，有信号量的，恰好 post 一次，在写好之后；接收方还没有看，检查器把内容换成另一个。
    private void SenderFirst()
    {
        using Show show = Start(out string sent, out SharedObject? open, out int receiver, out int sender);
        using (open)
        {
            byte[] content = bytes(sent);
            string other = text();
            _ = show.Objects;
            if (show.Posted > 0) throw show.Refuse("信号量从 0 开始：还没有写好的值", $"发送方还一步没有走，信号量已经是 {show.Posted}");
            show.Far(sender, () => show.Posted > 0);
            if (show.Posted > 0 && open?.Find(content) != 0) throw show.Refuse("先写入，后 post", "发送方 post 过了，对象里的内容还不对");
            show.Far(sender);
            if (named && show.Posted != 1) throw show.Refuse("发送方写入，post 一次", $"发送方走完，接收方一步没有走，post 了 {show.Posted} 次；{show.Said(sender)}");
            SharedObject? made = open ?? show.Objects.FirstOrDefault(o => o.Find(content) >= 0);
            int at = made?.Find(content) ?? -1;
            if (at < 0 || (named && at != 0)) throw show.Refuse("发送方把内容写入对象", $"发送方先走完；{show.Said(sender)}；对象{(made == null ? "里没有它，或者不在" : $"有 {made.Size} 字节，开头不是它")}");
            made!.Write(at, bytes(other));
            show.InTurn();
            MustRead(show, receiver, other, "发送方先走完，接收方还没有看，检查器把内容换成了另一个");
        }
    }

    // 接收方问到一遍的半中间，发送方走完：先读了内容，后看标志的，在这里读到旧的。第 0 次，发送方一直不来。
    private void Between(int steps)
    {
        using Show show = Start(out string sent, out SharedObject? open, out int receiver, out int sender);
        open?.Dispose();
        show.Far(receiver);
        if (steps == 0)
        {
            show.MustBePatient(receiver);
            return;
        }

        show.Steps(receiver, steps);
        show.Far(sender);
        show.InTurn();
        MustRead(show, receiver, sent, "接收方停在问的半中间，发送方走完，接收方再走");
    }

    private static bool Reads(Show show, int receiver) => show.HasEnded(receiver) || show.Output.Contains("读到", StringComparison.Ordinal);

    private static void MustRead(Show show, int receiver, string sent, string when)
    {
        if (!show.Output.Contains(sent)) throw show.Refuse($"发送方走到哪一步，接收方都等，最后读出内存里的「{Ending.Clean(sent)}」", $"{when}，{show.Said(receiver)}");
    }
}
