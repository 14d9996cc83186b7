using Posix;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>09、10：发送方写好，post；接收方等到之后读。</summary>
/// <param name="trial">检查。</param>
/// <param name="text">怎样把一个新的内容写成参数；打印出来也是它。</param>
/// <param name="bytes">它在对象里的字节。</param>
/// <param name="named">对象有名字，是第一个参数；没有名字的，内容可以在对象里的任何地方。</param>
internal sealed unsafe class Handover(Trial trial, Func<string> text, Func<string, byte[]> bytes, bool named = true)
{
    /// <summary>先整个运行，再让一方停在每一步，最后检查器自己当另一方。</summary>
    public void Check()
    {
        string name = Trial.Name(), sent = text();
        Ending whole = trial.Run(name, sent);
        if (whole.Status != 0 || !whole.Output.Contains(sent)) throw new Rejected($"接收方读出「{Ending.Clean(sent)}」", whole.Describe());
        whole.LeaveNothing();

        ReceiverFirst();
        SenderFirst();
        Receive();
        Send();
    }

    // 接收方每次都走到不能再走，发送方才走一步：读得太早的、等一会儿就算了的，都在这里。
    public void ReceiverFirst()
    {
        string sent = text();
        string expected = $"发送方走到哪一步，接收方都等，最后读出「{Ending.Clean(sent)}」";
        using Show show = trial.Stage(named ? [Trial.Name(), sent] : [sent]);
        show.UntilChildren(2, "启动发送方和接收方");
        int receiver = show.Find("receiver"), sender = show.Find("sender");
        if (!Both(show, receiver, sender)) return;
        show.Far(receiver);
        Look("发送方还一步没有走");
        while (show.Step(sender))
        {
            show.Far(receiver);
            Look("发送方还没有结束");
        }

        show.InTurn();
        Look("发送方结束了");
        if (!show.PrintedByAll.Contains(sent)) throw show.Refuse(expected, $"发送方结束了，{show.Said(receiver)}");

        void Look(string when)
        {
            if (show.HasEnded(receiver) && !show.PrintedByAll.Contains(sent)) throw show.Refuse(expected, $"{when}，{show.Said(receiver)}");
            if (show.PrintedByAll.Contains("读到", StringComparison.Ordinal) && !show.PrintedByAll.Contains(sent)) throw show.Refuse(expected, $"{when}，{show.Said(receiver)}");
        }
    }

    // 发送方先走完；接收方还没有看，检查器把内容换成另一个。
    public void SenderFirst()
    {
        string name = Trial.Name(), sent = text(), other = text();
        using Show show = trial.Stage(named ? [name, sent] : [sent]);
        show.UntilChildren(2, "启动发送方和接收方");
        int receiver = show.Find("receiver"), sender = show.Find("sender");
        if (!Both(show, receiver, sender)) return;
        List<SharedObject> objects = show.Objects();
        show.Far(sender);
        SharedObject? made = named ? SharedObject.Open("/dev/shm" + name) : objects.FirstOrDefault(o => o.Read().AsSpan().IndexOf(bytes(sent)) >= 0);
        int at = made?.Read().AsSpan().IndexOf(bytes(sent)) ?? -1;
        if (at < 0 || (named && at != 0)) throw show.Refuse("发送方把内容写入对象", $"发送方先走完；{show.Said(sender)}；对象{(made == null ? "里没有它，或者不在" : $"有 {made.Size} 字节，开头不是它")}");
        made!.Write(at, bytes(other));
        show.InTurn();
        objects.ForEach(o => o.Dispose());
        made.Dispose();
        if (!show.PrintedByAll.Contains(other)) throw show.Refuse("接收方打印的是内存里的内容", $"发送方先走完，接收方还没有看，检查器把内容换成了「{Ending.Clean(other)}」；{show.Said(receiver)}");
    }

    // 有名字的，角色还可以单独启动来看；没有名字的，两个要一起在台上。
    private bool Both(Show show, int receiver, int sender) =>
        (receiver >= 0 && sender >= 0) || (named ? false : throw show.Refuse("发送方和接收方同时运行", "一个停着，另一个一直没有来"));

    // 检查器当发送方：信号量从 0 开始，写好了 post 一次。
    private void Receive()
    {
        string name = Trial.KeptName("_sem"), sent = text();
        using SharedObject made = SharedObject.Create(name, 0);
        sem_t* sem = SharedObject.CreateSemaphore(name + "_sem", 0);
        using Show show = trial.Stage("receiver", name);
        const string Expected = "单独启动的接收方等到 post，再读";
        show.Far(0);
        if (show.HasEnded(0)) throw new Rejected(Expected, $"只启动了接收方，对象的大小是 0，信号量也是 0，没有人会来。{show.Said(0)}");
        made.Resize(bytes(sent).Length);
        show.Far(0);
        made.Write(0, bytes(sent));
        sem_post(sem);
        sem_close(sem);
        show.Again();
        show.Far(0);
        if (!show.PrintedByAll.Contains(sent)) throw new Rejected(Expected, $"信号量从 0 开始，检查器写好「{Ending.Clean(sent)}」，post 了一次。{show.Said(0)}");
    }

    // 检查器当接收方：post 恰好一次；第一次看到 post 的时候，内容已经都对。
    private void Send()
    {
        string name = Trial.KeptName("_sem"), sent = text();
        using SharedObject made = SharedObject.Create(name, bytes(sent).Length);
        sem_t* sem = SharedObject.CreateSemaphore(name + "_sem", 0);
        using Show show = trial.Stage("sender", name, sent);
        int posts = 0;
        while (show.Step(0) && Posts() == 0) { }
        if (posts > 0 && made.Read().AsSpan().IndexOf(bytes(sent)) != 0) throw new Rejected("先写入，后 post", "只启动了发送方：post 过了，对象里的内容还不对");
        show.Far(0);
        Posts();
        sem_close(sem);
        if (posts != 1 || made.Read().AsSpan().IndexOf(bytes(sent)) != 0) throw new Rejected("发送方写入，post 一次", $"只启动了发送方，{show.Said(0)}；post 了 {posts} 次，对象里{(made.Read().AsSpan().IndexOf(bytes(sent)) == 0 ? "是它的内容" : "不是它的内容")}");

        int Posts()
        {
            for (; sem_trywait(sem) == 0; posts++) { }
            return posts;
        }
    }
}
